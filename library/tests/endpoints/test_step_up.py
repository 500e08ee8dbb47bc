"""Step-up over HTTP: the same session, a fresh proof, new tokens, and nothing of before worth anything (RFC 9470)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from django_bearer import (
    Allow,
    LoginAttempt,
    Refuse,
    decode_token,
    is_token_revoked,
    issue_api_token,
    issue_session,
    refresh_session,
    require_step_up,
    step_up_session,
)
from django_bearer.errors import (
    InsideTransaction,
    InvalidToken,
    LoginRefused,
    OriginNotAllowed,
    ReauthenticationRequired,
    SessionRequired,
)
from django_bearer.events import EventKind
from django_bearer.functions import authenticate_token
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.tokens.refresh_token import TokenDelivery
from tests.conftest import PASSWORD
from tests.endpoints.test_browser import OWN, Page

H = 30
LATER = 400
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def at(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with clock.frozen():
        yield


def post(url: str, token: str = "", **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().post(url, body, content_type="application/json", headers=headers)


def later(issued: Any) -> Any:
    """The session some time after its login: its newest tokens."""
    clock.advance(LATER)
    return refresh_session(issued.refresh_token)


@pytest.mark.parametrize("apart", [0, 1])
def test_su_07_the_token_of_before_ends_also_within_the_same_second(apart: int, at: str, ann: Any) -> None:
    before = issue_session(ann, amr=["pwd"]).access_token
    clock.advance(apart)
    found = post(f"{at}step-up/", before, password=PASSWORD)
    assert found.status_code == 200, found.json()
    assert post(f"{at}step-up/", before, password=PASSWORD).status_code == 401
    assert is_token_revoked(before)
    assert not is_token_revoked(found.json()["access_token"])


def test_su_03_a_login_may_lie_in_the_future_by_the_rest_of_a_second(at: str, ann: Any) -> None:
    """A step-up within the second of the login counts as a login of the next one, and is recent at once."""
    before = issue_session(ann, amr=["pwd"]).access_token
    renewed = authenticate_token(post(f"{at}step-up/", before, password=PASSWORD).json()["access_token"])
    require_step_up(renewed, max_age=60)
    claims = replace(renewed.claims, auth_time=renewed.claims.auth_time + 1)
    with pytest.raises(ReauthenticationRequired):
        require_step_up(replace(renewed, claims=claims), max_age=60)


def test_su_07_so_does_every_other_token_of_that_second(at: str, ann: Any) -> None:
    """Those that nobody has shown: whoever took one holds it until it expires otherwise."""
    with clock.frozen(clock.SECOND * 1_700_000_000):
        first = issue_session(ann, amr=["pwd"])
        second = refresh_session(first.refresh_token).access_token
        clock.advance(0.9)
        third = refresh_session(first.refresh_token).access_token
        found = post(f"{at}step-up/", second, password=PASSWORD)
        assert found.status_code == 200, found.json()
        assert [is_token_revoked(one) for one in (first.access_token, second, third)] == [True] * 3
        fresh = authenticate_token(found.json()["access_token"])
        require_step_up(fresh, max_age=1)
        again = post(f"{at}step-up/", found.json()["access_token"], password=PASSWORD)
        assert again.status_code == 200, again.json()
        assert is_token_revoked(found.json()["access_token"]), "a third login in one second ends what was shown"
        clock.advance(0.2)
        last = post(f"{at}step-up/", again.json()["access_token"], password=PASSWORD)
        assert last.status_code == 200, last.json()
        assert is_token_revoked(again.json()["access_token"])
        claims = decode_token(refresh_session(last.json()["refresh_token"]).access_token)
        assert claims.auth_time - claims.iat <= 1


def test_su_03_and_05_the_same_session_goes_on_with_a_fresh_auth_time(at: str, ann: Any) -> None:
    first = issue_session(ann, amr=["pwd"], acr="weak")
    before = later(first)
    clock.advance(5)
    found = post(f"{at}step-up/", before.access_token, password=PASSWORD)
    assert found.status_code == 200, found.json()
    claims = decode_token(found.json()["access_token"])
    assert claims.sid == first.session_id
    assert claims.auth_time == clock.seconds()
    assert (claims.amr, claims.acr) == (("pwd",), None)
    assert found["Cache-Control"] == "no-store"
    assert "known_device_token" not in found.json()


def test_a_refresh_renews_neither_auth_time_nor_acr_nor_amr(ann: Any) -> None:
    first = issue_session(ann, amr=["pwd", "otp"], acr="strong")
    began = decode_token(first.access_token)
    for _ in range(3):
        first = later(first)
        claims = decode_token(first.access_token)
        assert (claims.auth_time, claims.amr, claims.acr) == (began.auth_time, began.amr, began.acr)


def test_so_it_is_after_a_step_up(ann: Any) -> None:
    first = later(issue_session(ann, amr=["pwd"]))
    stepped = step_up_session(authenticate_token(first.access_token), amr=["hwk", "user"], acr="passkey")
    began = decode_token(stepped.access_token)
    claims = decode_token(later(stepped).access_token)
    assert (claims.auth_time, claims.amr, claims.acr) == (began.auth_time, ("hwk", "user"), "passkey")
    assert claims.auth_time == clock.seconds() - LATER


def test_su_07_every_access_token_of_before_is_refused(at: str, ann: Any) -> None:
    first = issue_session(ann)
    clock.advance(100)
    second = refresh_session(first.refresh_token or "").access_token
    assert not is_token_revoked(first.access_token)
    answer = post(f"{at}step-up/", second, password=PASSWORD).json()
    assert is_token_revoked(first.access_token)
    assert is_token_revoked(second)
    assert not is_token_revoked(answer["access_token"])


def test_the_refresh_token_of_before_yields_nothing_and_then_ends_the_session(at: str, ann: Any) -> None:
    """Whoever exfiltrated it is not handed the stronger session, with the client's retry key or without."""
    first = later(issue_session(ann))
    answer = post(f"{at}step-up/", first.access_token, password=PASSWORD).json()
    for extra in ({}, {"retry_key": "k"}):
        found = post(f"{at}refresh/", refresh_token=first.refresh_token, **extra)
        assert (found.status_code, found.json()["code"]) == (503, "retry")
        assert "access_token" not in found.json()
    kept = post(f"{at}refresh/", refresh_token=answer["refresh_token"])
    assert kept.status_code == 200
    assert "refresh_token" not in kept.json()  # too new to be rotated
    clock.advance(H)
    assert post(f"{at}refresh/", refresh_token=first.refresh_token).json()["code"] == "session_ended"
    assert Session.objects.get().revoked_cause == "reuse_stale_predecessor"


def test_the_new_refresh_token_is_no_successor_of_the_old_one(ann: Any) -> None:
    """Not for whoever has the database, either: no salt is kept, and none was used."""
    from django_bearer.database import signing_keys
    from django_bearer.tokens.refresh_token import read

    first = later(issue_session(ann))
    stepped = step_up_session(authenticate_token(first.access_token), amr=["pwd"])
    row, keys = Session.objects.get(), signing_keys.ring("https://api.example.com").refresh_keys()
    assert bytes(row.salt) == b""
    token = read(first.refresh_token or "").token
    derived = {token.successor(keys, salt).digest() for salt in (b"", bytes(row.salt))}
    new = read(stepped.refresh_token or "").token
    assert new.generation == token.generation + 1
    assert new.digest() == bytes(row.current_digest)
    assert new.digest() not in derived


@pytest.mark.parametrize("password", ["", "wrong", None])
def test_a_wrong_password_changes_nothing(at: str, ann: Any, password: Any) -> None:
    first = later(issue_session(ann))
    before = Session.objects.values().get()
    found = post(f"{at}step-up/", first.access_token, **({} if password is None else {"password": password}))
    assert (found.status_code, found.json()["code"]) == (403, "password_required")
    assert Session.objects.values().get() == before
    assert not is_token_revoked(first.access_token)


def test_guesses_are_counted_as_logins_are(at: str, ann: Any) -> None:
    first = issue_session(ann)
    codes = [post(f"{at}step-up/", first.access_token, password=f"guess {n}").json()["code"] for n in range(11)]
    assert codes == ["password_required"] * 10 + ["throttled"]
    assert post(f"{at}login/", username="ann@example.com", password=PASSWORD).status_code == 429


@pytest.mark.parametrize("kind", ["none", "api token", "noise"])
def test_it_takes_an_access_token(at: str, ann: Any, kind: str) -> None:
    made = issue_api_token(ann, name="x", expires_in=3600)
    token = {"none": "", "api token": made.token, "noise": "a.b.c"}[kind]
    found = post(f"{at}step-up/", token, password=PASSWORD)
    status, code = {
        "none": (401, "not_authenticated"),
        "api token": (403, "session_required"),
        "noise": (401, "invalid_token"),
    }[kind]
    assert (found.status_code, found.json()["code"]) == (status, code)


def test_a_refresh_under_way_from_before_the_refresh_before_ends_no_session(at: str, ann: Any) -> None:
    """As those of several tabs are: within the grace of a refresh they would all be answered."""
    first = issue_session(ann)
    newer = post(f"{at}refresh/", refresh_token=first.refresh_token).json()
    stepped = post(f"{at}step-up/", newer["access_token"], password=PASSWORD).json()
    late = post(f"{at}refresh/", refresh_token=first.refresh_token)
    assert (late.status_code, late.json()["code"]) == (503, "retry")
    assert post(f"{at}refresh/", refresh_token=stepped["refresh_token"]).status_code == 200
    clock.advance(H)
    assert post(f"{at}refresh/", refresh_token=first.refresh_token).json()["code"] == "session_ended"
    assert Session.objects.get().revoked_cause == "reuse_ancient"


def test_two_step_ups_and_a_refresh_under_way_end_no_session(at: str, ann: Any) -> None:
    first = issue_session(ann)
    once = post(f"{at}step-up/", first.access_token, password=PASSWORD).json()
    twice = post(f"{at}step-up/", once["access_token"], password=PASSWORD).json()
    assert post(f"{at}refresh/", refresh_token=first.refresh_token).status_code == 503
    assert post(f"{at}refresh/", refresh_token=twice["refresh_token"]).status_code == 200


def test_nobody_locks_the_owner_out_of_it_on_a_known_device(at: str, ann: Any, settings: Any) -> None:
    """ASVS 6.3.1: logging out everywhere, and an API token, want a step-up."""
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": "2/day"}}
    name = {ann.USERNAME_FIELD: ann.get_username()}
    mine = post(f"{at}login/", password=PASSWORD, **name).json()
    for _ in range(3):
        found = post(f"{at}login/", password="wrong", **name)
    assert found.status_code == 429
    assert post(f"{at}step-up/", mine["access_token"], password=PASSWORD).status_code == 429
    wrong = post(f"{at}step-up/", mine["access_token"], password="w", known_device_token=mine["known_device_token"])
    assert wrong.json()["code"] == "password_required"
    done = post(
        f"{at}step-up/", mine["access_token"], password=PASSWORD, known_device_token=mine["known_device_token"]
    )
    assert done.status_code == 200, done.json()


@pytest.mark.parametrize("odd", [5, [], {}, True, "\x00", "x" * 10_000])
def test_an_odd_known_device_token_is_refused(at: str, ann: Any, odd: Any) -> None:
    token = issue_session(ann).access_token
    found = post(f"{at}step-up/", token, password=PASSWORD, known_device_token=odd)
    assert (found.status_code, found.json()["code"]) == (400, "invalid_request")


def test_while_the_clock_has_gone_back_it_is_to_be_tried_again(at: str, ann: Any) -> None:
    issued = issue_session(ann)
    clock.advance(-1)
    assert post(f"{at}step-up/", issued.access_token, password=PASSWORD).status_code == 503
    clock.advance(2)
    assert post(f"{at}step-up/", issued.access_token, password=PASSWORD).status_code == 200


def test_su_08_another_users_password_is_none(at: str, ann: Any, django_user_model: Any) -> None:
    bob = django_user_model.objects.create_user("bob", password="another password")
    found = post(f"{at}step-up/", issue_session(ann).access_token, password="another password")
    assert (found.status_code, found.json()["code"]) == (403, "password_required")
    assert post(f"{at}step-up/", issue_session(bob).access_token, password="another password").status_code == 200


def test_another_client_has_no_use_of_the_token(at: str, ann: Any) -> None:
    found = post(f"{at}step-up/", issue_session(ann).access_token, password=PASSWORD, client_id="other-client")
    assert (found.status_code, found.json()["code"]) == (400, "unauthorized_client")


def test_the_policy_is_asked_with_the_methods_of_this_proof_alone(at: str, ann: Any, settings: Any) -> None:
    """Else a login with a second factor would be renewed by a password."""
    asked: list[LoginAttempt] = []

    def policy(attempt: LoginAttempt) -> Allow | Refuse:
        asked.append(attempt)
        return Allow() if "otp" in attempt.methods else Refuse("code_required")

    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": policy}
    first = issue_session(ann, amr=["pwd", "otp"])
    found = post(f"{at}step-up/", first.access_token, password=PASSWORD)
    assert (found.status_code, found.json()["reason"]) == (403, "code_required")
    assert (asked[-1].purpose, asked[-1].methods) == ("step_up", frozenset({"pwd"}))
    assert not is_token_revoked(first.access_token)
    with pytest.raises(LoginRefused):
        step_up_session(authenticate_token(first.access_token), amr=["pwd"])


def test_a_password_alone_is_not_taken_where_no_login_takes_it(at: str, ann: Any, monkeypatch: Any) -> None:
    from django_bearer.accounts import login_packages
    from django_bearer.accounts.login_packages import PackageRequirement

    monkeypatch.setattr(login_packages, "required", lambda: frozenset({PackageRequirement.SECOND_FACTOR}))
    found = post(f"{at}step-up/", issue_session(ann).access_token, password=PASSWORD)
    assert (found.status_code, found.json()["code"]) == (503, "login_unavailable")


def test_a_deactivated_user_steps_up_nowhere(ann: Any) -> None:
    principal = authenticate_token(issue_session(ann).access_token)
    type(ann).objects.update(is_active=False)
    with pytest.raises(InvalidToken):
        step_up_session(principal, amr=["pwd"])


def test_an_ended_session_does_not_come_back(ann: Any) -> None:
    from django_bearer import revoke_session, revoke_token

    first = issue_session(ann)
    principal = authenticate_token(first.access_token)
    revoke_token(first.access_token)
    with pytest.raises(InvalidToken):
        step_up_session(principal, amr=["pwd"])
    second = issue_session(ann)
    principal = authenticate_token(second.access_token)
    revoke_session(second.session_id)
    with pytest.raises(InvalidToken):
        step_up_session(principal, amr=["pwd"])


def test_a_principal_of_before_another_step_up_is_worth_nothing(ann: Any) -> None:
    principal = authenticate_token(later(issue_session(ann)).access_token)
    step_up_session(principal, amr=["pwd"])
    with pytest.raises(InvalidToken):
        step_up_session(principal, amr=["pwd", "otp"])
    assert Session.objects.get().amr == "pwd"


def test_an_api_token_has_no_session_to_step_up(ann: Any) -> None:
    with pytest.raises(SessionRequired):
        step_up_session(authenticate_token(issue_api_token(ann, name="x", expires_in=3600).token), amr=["pwd"])


def test_scope_and_audience_are_those_of_the_token_that_asks(at: str, ann: Any) -> None:
    first = issue_session(ann)
    clock.advance(H)
    narrow = post(f"{at}refresh/", refresh_token=first.refresh_token, scope="notes:read").json()["access_token"]
    found = post(f"{at}step-up/", narrow, password=PASSWORD).json()
    assert found["scope"] == "notes:read"
    assert decode_token(found["access_token"]).scope == {"notes:read"}


def test_it_is_told_and_counts_as_a_login(ann: Any, bearer: Any) -> None:
    step_up_session(authenticate_token(issue_session(ann, amr=["pwd"]).access_token), amr=["pwd", "otp"], acr="a")
    [event] = bearer.events_of(EventKind.STEP_UP)
    assert (event.user_id, dict(event.details)) == (str(ann.pk), {"methods": "pwd otp", "acr": "a"})


def test_inside_a_transaction_it_is_refused(ann: Any) -> None:
    from django.db import transaction

    principal = authenticate_token(issue_session(ann).access_token)
    with transaction.atomic(), pytest.raises(InsideTransaction):
        step_up_session(principal, amr=["pwd"])


def test_it_runs_on_every_database(database: str, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("zoe", password=PASSWORD)
    first = later(issue_session(user))
    stepped = step_up_session(authenticate_token(first.access_token), amr=["pwd"])
    assert is_token_revoked(first.access_token)
    clock.advance(H)
    assert refresh_session(stepped.refresh_token or "").refresh_token


# Pages in a browser.


@pytest.fixture
def page(at: str, ann: Any) -> Page:
    return Page(at)


def test_a_page_gets_its_refresh_token_as_a_cookie_and_goes_on_with_it(page: Page) -> None:
    token = page.login().json()["access_token"]
    before = page.session()
    clock.advance(60)
    found = page.post("step-up", {"password": PASSWORD}, headers={"Authorization": f"Bearer {token}"})
    assert found.status_code == 200, found.json()
    assert "refresh_token" not in found.json()
    assert page.session() != before
    clock.advance(H)
    assert page.post("refresh").status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Mode": "navigate"}]
)
def test_no_other_page_steps_a_session_up(page: Page, wrong: dict[str, str]) -> None:
    token = page.login().json()["access_token"]
    found = page.post("step-up", {"password": PASSWORD}, headers={"Authorization": f"Bearer {token}", **wrong})
    assert (found.status_code, found.json()["code"]) == (403, "origin_refused")


def test_a_pages_access_token_buys_no_refresh_token_in_a_body(page: Page, at: str) -> None:
    token = page.login().json()["access_token"]
    found = post(f"{at}step-up/", token, password=PASSWORD)
    assert (found.status_code, found.json()["code"]) == (403, "origin_refused")
    with pytest.raises(OriginNotAllowed):
        step_up_session(authenticate_token(token), amr=["pwd"])
    assert page.post("refresh").status_code == 200


def test_nor_does_a_native_clients_buy_a_cookie(page: Page, ann: Any) -> None:
    token = issue_session(ann, delivery=TokenDelivery.BODY).access_token
    found = page.post("step-up", {"password": PASSWORD}, headers={"Authorization": f"Bearer {token}", "Origin": OWN})
    assert (found.status_code, found.json()["code"]) == (403, "origin_refused")
    assert page.jar == {}
