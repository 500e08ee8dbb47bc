"""Another e-mail address: a recent login, a code to the new address, both addresses told, and a way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from django_bearer import (
    authenticate_token,
    is_token_revoked,
    issue_api_token,
    issue_session,
    refresh_session,
    step_up_session,
)
from django_bearer.errors import SessionEnded
from django_bearer.events import EventKind
from django_bearer.models import AccountToken, RecoveryLink, Session
from django_bearer.primitives import clock
from django_bearer.recovery import links
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
NAME, OLD, NEW = "ann@example.com", "old@ann.example", "new@ann.example"


class Enrolled:
    """A second factor that everybody has."""

    def is_enrolled(self, user: Any) -> bool:
        return True

    def verify(self, user: Any, code: str) -> bool:
        return code == "246810"


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def at(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Iterator[None]:
    settings.BEARER = {**settings.BEARER, "EMAIL_UNDO_URL": "https://app.example.com/undo#{token}"}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    with clock.frozen():
        yield


@pytest.fixture
def ann(ann: Any) -> Any:
    ann.email = OLD
    ann.save()
    return ann


def post(url: str, token: str = "", **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().post(url, body, content_type="application/json", secure=True, headers=headers)


def sent_code(access: str, address: str = NEW, at: str = "/auth/") -> str:
    before = len(mail.outbox)
    found = post(f"{at}email/", access, email=address, password=PASSWORD)
    assert (found.status_code, found.content) == (204, b"")
    new = mail.outbox[before:]
    return re.findall(r"minutes: (\S+)", str(new[-1].body))[-1] if new and "minutes" in str(new[-1].body) else ""


def changed(ann: Any, at: str = "/auth/") -> str:
    """The undo token in the mail to the old address."""
    access = issue_session(ann).access_token
    code = sent_code(access, at=at)
    found = post(f"{at}email/confirm/", access, code=code.lower())
    assert (found.status_code, found.content) == (204, b"")
    *_, told = [one for one in mail.outbox if one.to == [OLD]]
    return re.findall(r"undo#(\S+)", str(told.body))[-1]


def test_both_addresses_are_told_and_every_session_ends(at: str, ann: Any, bearer: Any) -> None:
    other = issue_session(ann)
    machine = issue_api_token(ann, name="x", expires_in=3600)
    changed(ann, at)
    ann.refresh_from_db()
    assert ann.email == NEW
    assert [one.to for one in mail.outbox] == [[NEW], [NEW], [OLD]]
    assert not Session.objects.filter(revoked_at=None).exists()
    assert is_token_revoked(machine.token)
    with pytest.raises(SessionEnded):
        refresh_session(other.refresh_token or "")
    assert len(bearer.events_of(EventKind.EMAIL_CHANGED)) == 1


def test_an_old_login_changes_no_address(at: str, ann: Any) -> None:
    session = issue_session(ann)
    clock.advance(301)
    access = refresh_session(session.refresh_token or "").access_token
    for path, body in (("email/", {"email": NEW}), ("email/confirm/", {"code": "AAAAAAAAAA"})):
        assert post(f"{at}{path}", access, **body).json()["error"] == "insufficient_user_authentication"
    assert not mail.outbox


def test_an_api_token_changes_no_address(at: str, ann: Any) -> None:
    token = issue_api_token(ann, name="x", expires_in=3600).token
    assert post(f"{at}email/", token, email=NEW).json()["code"] == "session_required"


PAGE = {
    "Origin": "https://api.example.com",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "X-Bearer-Client": "first-party",
}


@pytest.fixture
def page(ann: Any) -> str:
    """The access token of a page that has just logged in."""
    body = {"username": NAME, "password": PASSWORD}
    found = Client().post("/auth/login/", body, content_type="application/json", secure=True, headers=PAGE)
    return str(found.json()["access_token"])


@pytest.mark.parametrize("sent", [{}, {"password": ""}, {"password": "wrong"}])
def test_a_stolen_token_of_a_fresh_login_changes_no_address(
    at: str, ann: Any, page: str, sent: dict[str, str]
) -> None:
    for access in (page, issue_session(ann, amr=["pwd"]).access_token):
        assert post(f"{at}email/", access, email=NEW, **sent).json()["code"] == "password_required"
    assert not mail.outbox
    assert sent_code(page, at=at)


def test_a_step_up_stands_for_the_password(at: str, ann: Any) -> None:
    session = issue_session(ann, amr=["pwd"])
    clock.advance(60)
    stepped = step_up_session(authenticate_token(session.access_token), amr=["pwd"])
    assert post(f"{at}email/", stepped.access_token, email=NEW).status_code == 204
    clock.advance(301)
    old = refresh_session(stepped.refresh_token or "").access_token
    assert post(f"{at}email/", old, email=NEW).json()["code"] == "login_too_old"


@pytest.mark.parametrize("path", ["email/", "email/confirm/"])
def test_a_token_with_fewer_scopes_changes_no_address(at: str, ann: Any, path: str) -> None:
    access = issue_session(ann, amr=["pwd"], scope=["notes:read"]).access_token
    found = post(f"{at}{path}", access, email=NEW, code="AAAAAAAAAA", password=PASSWORD)
    assert (found.status_code, found.json()["code"]) == (403, "insufficient_scope")
    assert not mail.outbox


def test_a_login_without_the_second_factor_changes_no_address(at: str, ann: Any, settings: Any) -> None:
    access = issue_session(ann, amr=["pwd"]).access_token
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": Enrolled}  # as if it was added since
    found = post(f"{at}email/", access, email=NEW, password=PASSWORD)
    assert (found.status_code, found.json()["code"]) == (401, "login_too_weak")
    shown = issue_session(ann, amr=["pwd", "otp"]).access_token
    assert sent_code(shown, at=at)


def test_guesses_at_the_password_are_counted_as_at_a_login(ann: Any) -> None:
    access = issue_session(ann).access_token
    codes = [post("/auth/email/", access, email=NEW, password=f"guess {n}").json()["code"] for n in range(11)]
    assert codes == ["password_required"] * 10 + ["throttled"]


def test_an_address_that_is_none_counts_no_password(ann: Any) -> None:
    access = issue_session(ann).access_token
    for _ in range(11):
        assert post("/auth/email/", access, email="none", password="guess").json()["error"] == "invalid_request"
    assert sent_code(access)


def test_a_code_is_good_in_its_session_and_once(ann: Any) -> None:
    first, second = (issue_session(ann).access_token for _ in range(2))
    code = sent_code(first)
    assert post("/auth/email/confirm/", second, code=code).json()["code"] == "code_refused"
    clock.advance(900)
    assert post("/auth/email/confirm/", issue_session(ann).access_token, code=code).json()["code"] == "code_refused"


def test_another_accounts_address_is_answered_alike_and_not_taken(ann: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user("bob", email=NEW)
    assert sent_code(issue_session(ann).access_token, NEW.upper()) == ""
    assert mail.outbox[-1].to == [NEW.upper()]
    assert "yours already" in str(mail.outbox[-1].body)
    assert not AccountToken.objects.exists()


def test_an_address_that_is_taken_meanwhile(ann: Any, django_user_model: Any) -> None:
    access = issue_session(ann).access_token
    code = sent_code(access)
    django_user_model.objects.create_user("bob", email=NEW)
    assert post("/auth/email/confirm/", access, code=code).json()["code"] == "code_refused"
    ann.refresh_from_db()
    assert ann.email == OLD


def test_codes_and_mails_are_counted(ann: Any) -> None:
    access = issue_session(ann).access_token
    assert [post("/auth/email/confirm/", access, code="A").status_code for _ in range(6)] == [401] * 5 + [429]
    codes = [sent_code(access) for _ in range(5)]
    assert [bool(code) for code in codes] == [True] * 3 + [False] * 2


@pytest.mark.parametrize("address", ["", "no address", "a@b", 1, "x" * 250 + "@example.com", None])
def test_noise_in_place_of_an_address(address: Any, ann: Any) -> None:
    assert post("/auth/email/", issue_session(ann).access_token, email=address).status_code == 400


def test_the_owner_undoes_it_whatever_was_done_since(at: str, ann: Any, bearer: Any) -> None:
    """Who has taken the account over has its password, and may have changed that, too."""
    token = changed(ann, at)
    ann.refresh_from_db()
    ann.set_password("the attacker's own passphrase")
    ann.save()
    attackers = issue_session(ann)
    clock.advance(6 * 86_400)
    found = post(f"{at}email/undo/", undo_token=token)
    assert (found.status_code, found.content) == (204, b"")
    ann.refresh_from_db()
    assert ann.email == OLD
    assert ann.has_usable_password()
    assert not ann.check_password("the attacker's own passphrase")
    assert not ann.check_password(PASSWORD)
    assert is_token_revoked(attackers.access_token)
    assert links.may_recover(ann)
    assert len(bearer.events_of(EventKind.EMAIL_RESTORED)) == 1
    assert post(f"{at}email/undo/", undo_token=token).json()["code"] == "recovery_link_refused"


def test_an_undo_is_good_for_a_week(ann: Any) -> None:
    token = changed(ann)
    clock.advance(7 * 86_400)
    assert post("/auth/email/undo/", undo_token=token).json()["code"] == "recovery_link_refused"


@pytest.mark.parametrize("token", ["", "A" * 52, "x" * 101, 1, None, "é"])
def test_noise_in_place_of_an_undo_token(token: Any, ann: Any) -> None:
    changed(ann)
    assert post("/auth/email/undo/", undo_token=token).status_code in (400, 401)


def test_only_digests_are_stored(ann: Any) -> None:
    access = issue_session(ann).access_token
    code = sent_code(access)
    assert code not in str(AccountToken.objects.values().get())
    token = changed(ann)
    assert token not in str(list(AccountToken.objects.values()))


def test_a_recovery_link_to_the_old_address_ends(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "RECOVERY_URL": "https://app.example.com/recover#{token}"}
    assert post("/auth/recovery/", account=NAME).status_code == 204
    link = re.findall(r"djb_rc_\S+", str(mail.outbox[-1].body))[-1]
    changed(ann)
    found = post("/auth/recovery/password/", recovery_token=link, password="a wholly new passphrase")
    assert found.json()["code"] == "recovery_link_refused"
    assert RecoveryLink.objects.exists()


def test_without_a_page_to_undo_it_nothing_is_served(at: str, ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "EMAIL_UNDO_URL": None}
    for path, body in (
        ("email/", {"email": NEW}),
        ("email/confirm/", {"code": "A"}),
        ("email/undo/", {"undo_token": "A"}),
    ):
        assert post(f"{at}{path}", issue_session(ann).access_token, **body).status_code == 404


def test_it_runs_on_every_database(database: str, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("ann", email=OLD, password=PASSWORD)
    token = changed(user)
    assert post("/auth/email/undo/", undo_token=token).status_code == 204
