"""Logins half way, on PostgreSQL: tabs, users of one browser, stolen tokens, codes used or of other attempts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client, override_settings

from django_bearer import decode_token
from django_bearer.models import LimitedLogin, Session
from tests import databases
from tests.conftest import PASSWORD
from tests.endpoints.test_browser import APP, OWN, Page

ANN, BOB = "ann@example.com", "bob@example.com"
POSTGRES = databases.EVERY[1]


class Factor:
    """Each user's codes begin with their first letter; who has none enrols by a mailed code."""

    def is_enrolled(self, user: Any) -> bool:
        return user.get_username() in (ANN, BOB)

    def verify(self, user: Any, code: str) -> bool:
        return code.startswith(user.get_username()[0])

    def verified_email(self, user: Any) -> str:
        return str(user.get_username())

    def begin_enrolment(self, user: Any) -> tuple[dict[str, str], str]:
        return {}, "secret"

    def complete_enrolment(self, user: Any, secret: str, code: str) -> dict[str, str]:
        return {}


@pytest.fixture(autouse=True, params=[POSTGRES])
def _postgres(request: pytest.FixtureRequest, settings: Any, django_user_model: Any) -> Iterator[None]:
    clients = {"first-party": {"kind": ["browser", "native"], "origins": [APP, OWN]}}
    settings.BEARER = {
        **settings.BEARER,
        "CLIENTS": clients,
        "SECOND_FACTOR": Factor,
        "MFA_REQUIRED": "everyone",
        "MFA_ENROLMENT_TIME": 0,
    }
    with databases.use(request.param), override_settings(MAILERS=MAILERS):
        for name in (ANN, BOB, "new@example.com", "old@example.com"):
            django_user_model.objects.create_user(name, password=PASSWORD)
        yield


MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1


def post(url: str, **body: Any) -> Any:
    return Client().post(f"/auth/{url}/", body, content_type="application/json", secure=True)


def begun(name: str = ANN) -> str:
    return str(post("login", username=name, password=PASSWORD).json()["limited_token"])


def second(token: str, code: str) -> Any:
    return post("login/second-factor", limited_token=token, code=code)


def user_of(found: Any) -> str:
    return decode_token(found.json()["access_token"]).sub


def test_a_second_tab_has_an_attempt_of_its_own() -> None:
    page = Page()
    first, other = (page.login(ANN).json()["limited_token"] for _ in range(2))
    assert first != other
    done = page.post("login/second-factor", {"limited_token": other, "code": "a1"})
    late = page.post("login/second-factor", {"limited_token": first, "code": "a2"})
    assert (done.status_code, late.status_code) == (200, 200)
    assert not LimitedLogin.objects.exists()
    assert page.post("refresh").status_code in (200, 503)


def test_a_second_user_in_the_same_browser_gets_neither_attempt_nor_session_of_the_first(
    django_user_model: Any,
) -> None:
    page = Page()
    ann, bob = (page.login(name).json()["limited_token"] for name in (ANN, BOB))
    for token, code in ((ann, "b1"), (bob, "a1")):
        assert page.post("login/second-factor", {"limited_token": token, "code": code}).status_code == 401
    done = page.post("login/second-factor", {"limited_token": bob, "code": "b2"})
    assert user_of(done) == str(django_user_model.objects.get(username=BOB).pk)
    assert Session.objects.get().user.get_username() == BOB


def test_a_stolen_limited_token_is_of_no_use_without_the_code_nor_in_another_place() -> None:
    app, page = begun(), Page().login(ANN).json()["limited_token"]
    for code in ("b1", "0", "wrong"):
        assert second(app, code).status_code == 401
    assert second(page, "a1").status_code == 403  # a page's, outside of a page
    assert Page().post("login/second-factor", {"limited_token": app, "code": "a1"}).status_code == 403
    for url in ("sessions", "refresh", "step-up", "login/enrol", "login/enrol/factor", "logout-everywhere"):
        found = Client().post(
            f"/auth/{url}/",
            {"refresh_token": app, "limited_token": app, "code": "a3", "password": PASSWORD},
            content_type="application/json",
            secure=True,
            headers={"Authorization": f"Bearer {app}"},
        )
        assert found.status_code in (400, 401, 403, 405), url
    assert not Session.objects.exists()


def test_a_replayed_code_is_taken_in_no_attempt() -> None:
    assert second(begun(), "a1").status_code == 200
    again = begun()
    for spelling in ("a1", "A1", " a-1 "):
        assert (second(again, spelling).status_code, Session.objects.count()) == (401, 1)


def test_a_limited_token_that_was_used_is_over() -> None:
    token = begun()
    assert [second(token, code).status_code for code in ("a1", "a2")] == [200, 401]


def test_a_mailed_code_of_another_attempt_enrols_nothing() -> None:
    """Whoever asks for a code in an attempt of their own has no use of the owner's, and the other way round."""
    attempts = {}
    for name in ("new@example.com", "new@example.com", "old@example.com"):
        token = begun(name)
        assert post("login/enrol/code", limited_token=token).json() == {"sent": True}
        attempts[token] = re.findall(r"The code: (\S+)", str(mail.outbox[-1].body))[0]
    tokens, codes = list(attempts), list(attempts.values())
    for token, code in zip(tokens, (*codes[1:], codes[0]), strict=True):
        assert post("login/enrol", limited_token=token, code=code).status_code == 401
    assert post("login/enrol", limited_token=tokens[0], code=codes[0]).status_code == 200
    assert post("login/enrol", limited_token=tokens[0], code=codes[0]).status_code == 401
