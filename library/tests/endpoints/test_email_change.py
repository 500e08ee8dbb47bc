"""Another e-mail address: a recent login, a code to the new address, both addresses told, and a way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.test import Client

from django_bearer import (
    authenticate_token,
    is_token_revoked,
    issue_api_token,
    issue_session,
    refresh_session,
    revoke_user,
    step_up_session,
)
from django_bearer.errors import SessionEnded, TemporarilyUnavailable
from django_bearer.events import EventKind
from django_bearer.http import exposed_tokens
from django_bearer.models import AccountToken, RecoveryLink, Session
from django_bearer.primitives import clock
from django_bearer.recovery import email_undo, links
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
NAME, OLD, NEW = "ann@example.com", "old@ann.example", "new@ann.example"


class Enrolled:
    """A second factor that everybody has."""

    def is_enrolled(self, user: Any) -> bool:
        return True

    def verify(self, user: Any, code: str) -> bool:
        return code in ("246810", "135790")


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
    assert [one.to for one in mail.outbox] == [[NEW], [OLD], [NEW]]
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


def links_to(address: str) -> list[str]:
    """The undo tokens in the mails to this address, the newest last."""
    return [found for one in mail.outbox if one.to == [address] for found in re.findall(r"undo#(\S+)", str(one.body))]


def change_to(user: Any, address: str, **login: Any) -> None:
    access = issue_session(user, **login).access_token
    assert post("/auth/email/confirm/", access, code=sent_code(access, address)).status_code == 204


def undone(token: str, **body: str) -> Any:
    return post("/auth/email/undo/", undo_token=token, **body)


def test_an_earlier_address_always_wins(ann: Any) -> None:
    """Whoever has taken the account over undoes a change of their own, and the owner's link is as good as before."""
    first, second = "first@attacker.example", "second@attacker.example"
    change_to(ann, first)
    ann.refresh_from_db()
    change_to(ann, second)
    assert undone(*links_to(first)).status_code == 204
    ann.refresh_from_db()
    assert ann.email == first
    assert undone(*links_to(OLD)).status_code == 204
    ann.refresh_from_db()
    assert ann.email == OLD


def test_an_undo_ends_the_links_of_later_changes(ann: Any) -> None:
    change_to(ann, NEW)
    ann.refresh_from_db()
    change_to(ann, "third@ann.example")
    assert undone(*links_to(OLD)).status_code == 204
    assert undone(*links_to(NEW)).status_code == 401


@pytest.mark.parametrize("other", [{"username": OLD}, {"username": "bob", "email": OLD.upper()}])
def test_a_namesake_keeps_nobody_from_the_undo(ann: Any, django_user_model: Any, other: dict[str, str]) -> None:
    token = changed(ann)
    django_user_model.objects.create_user(**other)
    assert undone(token).status_code == 204
    ann.refresh_from_db()
    assert ann.email == OLD


def test_a_refused_undo_leaves_the_link_as_it_was(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    token = changed(ann)
    with monkeypatch.context() as patched:
        patched.setattr("django_bearer.recovery.email_undo.set_address", lambda *args: False)
        assert undone(token).status_code == 401
    ann.refresh_from_db()
    assert ann.email == NEW
    assert undone(token).status_code == 204


@pytest.mark.parametrize("at_fault", ["end_all_of", "set_address", "email_undo.make"])
def test_a_change_that_fails_has_changed_nothing(ann: Any, monkeypatch: pytest.MonkeyPatch, at_fault: str) -> None:
    def busy(*args: Any, **kwargs: Any) -> Any:
        raise TemporarilyUnavailable("busy")

    access = issue_session(ann).access_token
    code = sent_code(access)
    sent = len(mail.outbox)
    with monkeypatch.context() as patched:
        patched.setattr(f"django_bearer.recovery.email_change.{at_fault}", busy)
        assert post("/auth/email/confirm/", access, code=code).json()["code"] == "retry"
    ann.refresh_from_db()
    assert ann.email == OLD
    assert len(mail.outbox) == sent
    assert not AccountToken.objects.filter(purpose="email_undo").exists()
    assert post("/auth/email/confirm/", access, code=code).status_code == 204


@pytest.mark.parametrize("refused", [NEW, OLD])
def test_a_mail_that_is_refused_keeps_nobody_else_from_theirs(ann: Any, monkeypatch: Any, refused: str) -> None:
    access = issue_session(ann).access_token
    code = sent_code(access)
    send = locmem.EmailBackend.send_messages

    def sending(self: Any, messages: Any) -> Any:
        if any(refused in one.to for one in messages):
            raise OSError("no such mailbox")
        return send(self, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", sending)
    assert post("/auth/email/confirm/", access, code=code).status_code == 204
    assert [one.to for one in mail.outbox[1:]] == [[OLD if refused == NEW else NEW]]
    assert AccountToken.objects.filter(purpose="email_undo").count() == 1


@pytest.mark.parametrize("meanwhile", ["password", "everywhere", "address", "deactivated"])
def test_what_the_owner_does_meanwhile_ends_the_change(ann: Any, monkeypatch: Any, meanwhile: str) -> None:
    access = issue_session(ann).access_token
    code = sent_code(access)
    settled = email_undo.has_settled_factor

    def owner(user: Any) -> bool:
        stored = type(ann).objects.get(pk=ann.pk)
        if meanwhile == "password":
            stored.set_password("the owner's new passphrase")
        elif meanwhile == "everywhere":
            revoke_user(stored)
        elif meanwhile == "address":
            stored.email = "else@ann.example"
        else:
            stored.is_active = False
        stored.save()
        return settled(user)

    monkeypatch.setattr(email_undo, "has_settled_factor", owner)
    assert post("/auth/email/confirm/", access, code=code).json()["code"] == "code_refused"
    ann.refresh_from_db()
    assert ann.email == ("else@ann.example" if meanwhile == "address" else OLD)


def test_an_address_that_differs_in_case_only_is_told_to_the_earlier_one(ann: Any) -> None:
    change_to(ann, OLD.upper())
    assert len(links_to(OLD)) == 1


class Removable(Enrolled):
    """A second factor that those in the list have."""

    having: ClassVar[set[str]] = set()

    def is_enrolled(self, user: Any) -> bool:
        return user.get_username() in self.having

    def remove_factors(self, user: Any) -> None:
        self.having.discard(user.get_username())


@pytest.fixture
def factors(settings: Any) -> Iterator[set[str]]:
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": Removable}
    yield Removable.having
    Removable.having.clear()


SHOWN = {"amr": ["pwd", "otp", "mfa"]}


@pytest.mark.parametrize("added", ["before", "after"])
def test_an_undo_removes_the_factor_of_whoever_took_the_account(ann: Any, factors: set[str], added: str) -> None:
    issue_session(ann, amr=["pwd"])
    if added == "before":
        factors.add(NAME)
    change_to(ann, NEW, **(SHOWN if added == "before" else {}))
    factors.add(NAME)
    assert undone(*links_to(OLD)).status_code == 204
    assert not factors


def test_an_undo_takes_the_code_of_a_factor_that_is_older_than_the_change(
    at: str, ann: Any, factors: set[str]
) -> None:
    """Whoever reads an old mailbox ends no honest change by it."""
    factors.add(NAME)
    change_to(ann, NEW, **SHOWN)
    [token] = links_to(OLD)
    found = post(f"{at}email/undo/", undo_token=token)
    assert (found.status_code, found.json()["reason"]) == (403, "second_factor_required")
    assert undone(token, code="000000").json()["code"] == "code_refused"
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)
    assert post(f"{at}email/undo/", undo_token=token, code="246810").status_code == 204
    assert factors


def test_whoever_has_the_password_keeps_the_owner_from_no_undo(ann: Any, factors: set[str]) -> None:
    """By wrong codes at logins, which the password alone begins: those of a link are counted by themselves."""
    factors.add(NAME)
    change_to(ann, NEW, **SHOWN)
    limited = post("/auth/login/", username=NAME, password=PASSWORD).json()["limited_token"]
    for _ in range(6):
        last = post("/auth/login/second-factor/", limited_token=limited, code="000000")
    assert last.status_code == 429
    [token] = links_to(OLD)
    assert undone(token, code="246810").status_code == 204


def test_a_factor_that_came_after_the_session_does_not_step_it_up(at: str, ann: Any, factors: set[str]) -> None:
    """Else whoever has stolen the session would strengthen it by a factor of their own."""
    session = issue_session(ann, amr=["pwd"])
    factors.add(NAME)
    found = post(f"{at}step-up/", session.access_token, password=PASSWORD, code="246810")
    assert (found.status_code, found.json()["reason"]) == (403, "second_factor_required")
    shown = issue_session(ann, **SHOWN).access_token
    assert post(f"{at}step-up/", shown, password=PASSWORD, code="135790").status_code == 200


def test_whose_address_is_replaced_is_told(ann: Any, bearer: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ON_TOKEN_REUSE": "django_bearer.notifications.mail_user"}
    token = changed(ann)
    sent = len(mail.outbox)
    assert undone(token).status_code == 204
    assert sorted(one.to for one in mail.outbox[sent:]) == [[NEW], [OLD]]
    assert all("earlier address again" in one.subject for one in mail.outbox[sent:])


def test_an_undo_token_over_plain_http_is_replaced_by_another(ann: Any) -> None:
    token = changed(ann)
    assert email_undo.LINKS.user_of(token, "https://api.example.com") == str(ann.pk)
    assert (email_undo.LINKS, "undo") in exposed_tokens.ENDED_ALONE
    email_undo.LINKS.end(token)
    assert undone(token).status_code == 401
    *_, fresh = links_to(OLD)
    assert undone(fresh).status_code == 204


def test_it_runs_on_every_database(database: str, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("ann", email=OLD, password=PASSWORD)
    token = changed(user)
    assert post("/auth/email/undo/", undo_token=token).status_code == 204
