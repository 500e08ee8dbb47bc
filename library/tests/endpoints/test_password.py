"""Changing the password: this session goes on, every other one ends, and nobody does it without the current one."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.db.models.signals import post_save, pre_save
from django.test import Client

from django_bearer import issue_api_token, issue_session
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions import password_change
from tests.conftest import PASSWORD

NEW = "a staple for the horse, correct"


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def at(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def post(at: str, token: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    body = {"password": PASSWORD, "new_password": NEW, **body}
    return Client().post(f"{at}password/", body, content_type="application/json", headers=headers)


def status(token: str) -> int:
    return Client().get("/plain/", headers={"Authorization": f"Bearer {token}"}).status_code


def refresh(token: Any) -> int:
    body = {"refresh_token": token}
    return Client().post("/auth/refresh/", body, content_type="application/json").status_code


def test_the_other_devices_are_logged_out(at: str, ann: Any) -> None:
    with clock.frozen():
        here, there = issue_session(ann), issue_session(ann)
        api = issue_api_token(ann, name="a", expires_in=3600).token
        answer = post(at, here.access_token).json()
        assert [status(one) for one in (answer["access_token"], there.access_token, api)] == [200, 401, 401]
        assert answer["session_id"] == str(here.session_id)
        assert refresh(there.refresh_token) == 401
        clock.advance(60)
        assert refresh(answer["refresh_token"]) == 200
    ann.refresh_from_db()
    assert ann.check_password(NEW)
    assert set(Session.objects.values_list("revoked_cause", flat=True)) == {"", "password_changed"}


def test_what_was_stolen_of_this_session_is_of_no_use(at: str, ann: Any) -> None:
    """The access token of before dies at once; the refresh token ends the session when it is shown again."""
    with clock.frozen():
        stolen = issue_session(ann)
        clock.advance(60)
        answer = post(at, stolen.access_token).json()
        assert status(stolen.access_token) == 401
        clock.advance(60)
        assert refresh(stolen.refresh_token) == 401
        assert status(answer["access_token"]) == 401


@pytest.mark.parametrize(
    "body", [{"password": "wrong"}, {"password": ""}, {"new_password": "123"}, {"new_password": ""}]
)
def test_what_changes_nothing(body: dict[str, str], at: str, ann: Any, settings: Any) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
    token = issue_session(ann).access_token
    assert post(at, token, **body).status_code in (400, 403)
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)
    assert status(token) == 200


def test_guesses_at_the_current_password_are_those_of_a_login(at: str, ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"address_account": "2/hour"}}
    token = issue_session(ann).access_token
    assert [post(at, token, password="wrong").status_code for _ in range(3)] == [403, 403, 429]
    assert post(at, token).status_code == 429


class Factor:
    def is_enrolled(self, user: Any) -> bool:
        return True

    def verify(self, user: Any, code: str) -> bool:
        return code == "123456"


def test_a_second_factor_is_asked_for(at: str, ann: Any, settings: Any) -> None:
    token = issue_session(ann, amr=["pwd", "otp"]).access_token
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": Factor}
    assert post(at, token).status_code == 403
    assert post(at, token, code="000000").status_code == 401
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)
    assert post(at, token, code="123456").status_code == 200


@pytest.mark.parametrize("credential", ["api", "none"])
def test_who_has_no_session(credential: str, at: str, ann: Any) -> None:
    token = issue_api_token(ann, name="a", expires_in=3600).token if credential == "api" else "x"
    assert post(at, token).status_code == (403 if credential == "api" else 401)


def test_another_change_meanwhile_wins(at: str, ann: Any) -> None:
    token = issue_session(ann).access_token

    def changed(user: Any, password: str) -> Any:
        type(user).objects.filter(pk=user.pk).update(password="other$hash")
        return original(user, password)

    original = password_change.set_password
    with patch.object(password_change, "set_password", changed):
        assert post(at, token).status_code == 401
    ann.refresh_from_db()
    assert ann.password == "other$hash"


def refused_by_the_project(sender: Any, instance: Any, update_fields: Any = None, **_: Any) -> None:
    if update_fields == frozenset({"password"}):
        raise RuntimeError("the project's receiver refuses")


def test_a_password_that_cannot_be_saved_costs_no_session(
    database: str, transactional_db: None, ann: Any, django_user_model: Any
) -> None:
    tokens, there = issue_session(ann), issue_session(ann)
    for signal in (pre_save, post_save):
        signal.connect(refused_by_the_project, sender=django_user_model)
        try:
            with pytest.raises(RuntimeError):
                post("/auth/", tokens.access_token)
        finally:
            signal.disconnect(refused_by_the_project, sender=django_user_model)
        assert [status(one.access_token) for one in (tokens, there)] == [200, 200]
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)
    assert [refresh(one.refresh_token) for one in (tokens, there)] == [200, 200]


def test_a_password_that_the_project_refuses_to_save_is_a_refused_password(at: str, ann: Any) -> None:
    def refuse(sender: Any, instance: Any, **_: Any) -> None:
        raise ValidationError("Not this one.")

    token = issue_session(ann).access_token
    pre_save.connect(refuse, sender=type(ann))
    try:
        found = post(at, token)
    finally:
        pre_save.disconnect(refuse, sender=type(ann))
    assert (found.status_code, found.json()["code"]) == (400, "password_rejected")
    assert found.json()["message"] == "Not this one."
    assert status(token) == 200
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


def test_an_outdated_hash(at: str, ann: Any, settings: Any) -> None:
    """Checking the password stores another hash of it, with which the change goes on."""
    tokens = issue_session(ann)
    settings.PASSWORD_HASHERS = list(reversed(settings.PASSWORD_HASHERS))
    answer = post(at, tokens.access_token)
    assert answer.status_code == 200
    ann.refresh_from_db()
    assert ann.check_password(NEW)
    assert status(answer.json()["access_token"]) == 200


def test_on_every_database(database: str, transactional_db: None, ann: Any) -> None:
    here, there = issue_session(ann), issue_session(ann)
    answer = post("/auth/", here.access_token).json()
    assert [status(one) for one in (answer["access_token"], there.access_token)] == [200, 401]
