"""What is chosen at a login: fields of the project's own, claims made of them, "remember me"; data of the user."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from django_bearer import (
    Allow,
    Limit,
    LoginAttempt,
    LoginChoice,
    Refuse,
    conf,
    decode_token,
    errors,
    issue_session,
    refresh_session,
)
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.primitives.clock import SECOND
from django_bearer.sessions.custom_claims import LOGIN_CLAIMS
from tests.conftest import PASSWORD

NAME = "ann@example.com"
HOUR, DAY = 3600, 86_400
heard: list[LoginAttempt] = []


def hears(attempt: LoginAttempt) -> Any:
    heard.append(attempt)
    return Refuse("not_yours") if attempt.fields.get("company") == "other" else Allow()


def company(attempt: LoginAttempt) -> dict[str, Any]:
    return {"company": attempt.fields.get("company", "")}


@pytest.fixture(autouse=True)
def nobody_heard() -> None:
    heard.clear()


def bearer(settings: Any, **changes: Any) -> None:
    settings.BEARER = {**settings.BEARER, **changes}


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def login(request: pytest.FixtureRequest) -> Any:
    def post(**members: Any) -> Any:
        body = {"username": NAME, "password": PASSWORD, **members}
        return Client().post(f"{request.param}login/", body, content_type="application/json")

    return post


def test_fields_reach_the_policy_and_become_claims(login: Any, ann: Any, settings: Any) -> None:
    bearer(settings, LOGIN_FIELDS=["company"], LOGIN_POLICY=hears, LOGIN_CLAIMS=company)
    answer = login(company="acme")
    assert heard[0].fields == {"company": "acme"}
    assert decode_token(answer.json()["access_token"]).custom == {"company": "acme"}
    refused = login(company="other")
    assert (refused.status_code, refused.json()["reason"]) == (403, "not_yours")


def test_the_claims_stay_those_of_the_login(database: str, transactional_db: None, ann: Any, settings: Any) -> None:
    """A refresh asks nobody again, so nobody changes them by a refresh; on every database."""
    bearer(settings, LOGIN_CLAIMS=company)
    with clock.frozen():
        issued = issue_session(ann, choice=LoginChoice({"company": "acme"}))
        bearer(
            settings, LOGIN_CLAIMS=lambda attempt: {"company": "other"}, EXTRA_CLAIMS=lambda user, sid: {"plan": "a"}
        )
        clock.advance(HOUR)
        after = refresh_session(issued.refresh_token or "")
        assert decode_token(after.access_token).custom == {"company": "acme", "plan": "a"}


def test_extras_name_no_claims(ann: Any) -> None:
    """A project may keep what anybody sent in `extras`: no claim comes of it."""
    issued = issue_session(ann, extras={LOGIN_CLAIMS: {"admin": True}, "note": 1})
    assert decode_token(issued.access_token).custom == {}
    assert Session.objects.get().extras == {"note": 1}


@pytest.mark.parametrize(
    "claims", [{"scope": "all"}, {"act": {"sub": "1"}}, {"sub": "7"}, {"big": "x" * 3000}, {"a": object()}]
)
def test_claims_that_are_ours_are_refused(claims: Any, login: Any, ann: Any, settings: Any) -> None:
    bearer(settings, LOGIN_CLAIMS=lambda attempt: claims)
    assert login().status_code == 503
    assert not Session.objects.exists()


def test_what_is_not_named_is_not_handed_on(login: Any, ann: Any, settings: Any) -> None:
    bearer(settings, LOGIN_POLICY=hears)
    assert login(company="acme", is_staff="yes").status_code == 200
    assert heard[0].fields == {}


@pytest.mark.parametrize("value", [7, ["acme"], "x" * 201, "a\0b", {"a": 1}])
def test_a_field_is_a_text_of_its_length(value: Any, login: Any, ann: Any, settings: Any) -> None:
    bearer(settings, LOGIN_FIELDS=["company"])
    assert login(company=value).status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        *(["username"], ["password"], ["old_password"], ["api_secret"], ["known_device_token"], ["scope"]),
        *(["remember_me"], ["Company"], [""], [7], "company", {"company": 1}),
        [f"f{number}" for number in range(11)],
    ],
)
def test_fields_that_are_refused(fields: Any, settings: Any) -> None:
    """One that the body has would be read twice; a secret would be stored with a login that lacks a step."""
    bearer(settings, LOGIN_FIELDS=fields)
    assert any("LOGIN_FIELDS" in fault for fault in conf.faults())


def test_a_field_lets_nobody_guess_more(login: Any, ann: Any, settings: Any) -> None:
    """Attempts are counted by the name, whatever the fields say."""
    limits = {"address_account": "2/hour"}
    bearer(settings, LOGIN_FIELDS=["company"], LOGIN_RATE_LIMITS=limits)
    found = [login(password="wrong", company=f"c{number}").status_code for number in range(3)]
    assert found == [401, 401, 429]


class Factor:
    def is_enrolled(self, user: Any) -> bool:
        return True

    def verify(self, user: Any, code: str) -> bool:
        return code == "123456"


def test_the_choice_of_the_first_step_is_that_of_the_session(ann: Any, settings: Any) -> None:
    clients = {"first-party": {"kind": "native", "unremembered_lifetime": HOUR}}
    bearer(settings, LOGIN_FIELDS=["company"], LOGIN_CLAIMS=company, SECOND_FACTOR=Factor, CLIENTS=clients)
    body = {"username": NAME, "password": PASSWORD, "company": "acme"}
    begun = Client().post("/auth/login/", body, content_type="application/json").json()
    code = {"limited_token": begun["limited_token"], "code": "123456", "company": "other", "remember_me": True}
    done = Client().post("/auth/login/second-factor/", code, content_type="application/json").json()
    assert decode_token(done["access_token"]).custom == {"company": "acme"}
    assert lasts() == HOUR


def lasts() -> int:
    row = Session.objects.get()
    return (row.ends_at - row.created_at) // SECOND


@pytest.mark.parametrize(
    ("sent", "expected"), [({}, HOUR), ({"remember_me": False}, HOUR), ({"remember_me": True}, 7 * DAY)]
)
def test_remember_me(sent: Any, expected: int, login: Any, ann: Any, settings: Any) -> None:
    client = {
        "kind": "native",
        "unremembered_lifetime": HOUR,
        "session_lifetime": 7 * DAY,
        "session_idle_lifetime": DAY,
    }
    bearer(settings, CLIENTS={"first-party": client})
    answer = login(**sent)
    assert lasts() == expected
    assert answer.json()["refresh_expires_in"] == min(expected, DAY)


def test_remember_me_prolongs_nothing(login: Any, ann: Any, settings: Any) -> None:
    """Without `unremembered_lifetime` it changes nothing, and no value of it passes `session_lifetime`."""
    assert login(remember_me=True).status_code == 200
    assert lasts() == 30 * DAY
    assert login(remember_me="yes").status_code == 400
    bearer(settings, CLIENTS={"a": {"kind": "native", "session_lifetime": HOUR, "unremembered_lifetime": DAY}})
    assert any("unremembered_lifetime" in fault for fault in conf.faults())


def test_a_session_of_other_code_is_not_remembered_unless_it_says_so(ann: Any, settings: Any) -> None:
    bearer(settings, CLIENTS={"first-party": {"kind": "native", "unremembered_lifetime": HOUR}})
    assert issue_session(ann).refresh_expires_in == HOUR
    assert (issue_session(ann, choice=LoginChoice(remember_me=True)).refresh_expires_in or 0) > DAY


def test_data_of_the_user(login: Any, ann: Any, settings: Any) -> None:
    told = {"name": NAME, "since": date(2026, 1, 1)}
    bearer(settings, LOGIN_USER_DATA=lambda user: told)
    answer = login().json()
    assert answer["user"] == {"name": NAME, "since": "2026-01-01"}
    assert decode_token(answer["access_token"]).sub == str(ann.pk)


def test_data_of_the_user_stand_apart_from_the_tokens(login: Any, ann: Any, settings: Any) -> None:
    bearer(settings, LOGIN_USER_DATA=lambda user: {"access_token": "x", "refresh_token": "y"})
    assert decode_token(login().json()["access_token"])


@pytest.mark.parametrize("tells", [lambda user: 1 / 0, lambda user: None, lambda user: {"a": object()}])
def test_data_that_cannot_be_told_log_nobody_in(tells: Any, login: Any, ann: Any, settings: Any) -> None:
    bearer(settings, LOGIN_USER_DATA=tells)
    assert login().status_code == 503
    assert not Session.objects.exists()


def test_who_gets_no_session_learns_nothing_of_the_user(login: Any, ann: Any, settings: Any) -> None:
    bearer(settings, LOGIN_USER_DATA=lambda user: pytest.fail("asked"))
    assert login(password="wrong").status_code == 401
    bearer(settings, LOGIN_POLICY=lambda attempt: Limit("enrol"))
    assert login().json()["code"] == "login_incomplete"
    with pytest.raises(errors.LoginIncomplete):
        issue_session(ann)
