"""Ways to another person's account through allauth, each tried; run by tests/integrations/test_allauth.py."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator as Stored
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.db.models import Sum
from django.test import Client, override_settings

from django_bearer import issue_session, refresh_session
from django_bearer.accounts import name_reach
from django_bearer.checks import through_allauth
from django_bearer.endpoints.account_owner import was_stepped_up
from django_bearer.http import admin_views
from django_bearer.integrations.allauth import urls, views
from django_bearer.models import RateLimitCounter, Session
from django_bearer.tokens.refresh_token import TokenDelivery
from tests.projects.through_allauth.authenticator import Authenticator
from tests.projects.through_allauth.flows import (
    MAIL,
    OF_AN_ACCOUNT,
    PASSWORD,
    App,
    code,
    mailed_code,
    ours_step_up,
    person,
    totp,
)

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = {"X-Bearer-Client": "first-party", "Sec-Fetch-Site": "same-site", "Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


@pytest.fixture
def ann() -> Any:
    return person(MAIL)


def aged(user: Any, amr: Any = ("pwd",)) -> App:
    """An app with an access token of this user whose login is long ago."""
    issued = issue_session(user, amr=amr)
    Session.objects.filter(pk=issued.session_id).update(authenticated_at=1)
    app = App()
    app.access = refresh_session(issued.refresh_token).access_token
    return app


def test_a_stolen_token_of_an_old_login_adds_no_address(ann: Any) -> None:
    attacker = aged(ann)
    for _, path, body in (one for one in OF_AN_ACCOUNT if "email" in one[1]):
        attacker.send("POST", path, body)
        assert attacker.last.status_code == 401
    assert not mail.outbox
    assert EmailAddress.objects.count() == 1
    assert Session.objects.filter(revoked_at=None).exists()


def test_every_route_of_an_account_is_behind_the_rule_of_an_account() -> None:
    """A route that a later allauth adds is one of them, too; of a login it is served only where it is named."""

    def views(patterns: Any, before: str = "") -> Any:
        for found in patterns:
            if hasattr(found, "url_patterns"):
                yield from views(found.url_patterns, before + str(found.pattern))
            else:
                yield before + str(found.pattern), str(found.name)

    assert urls.served("a_later_one", True)
    assert not urls.served("a_later_one", False)
    served = dict(views(urls.urlpatterns))
    assert "v1/account/email" in served
    assert not any("phone" in path or "reauth" in path for path in served)
    assert set(served.values()) <= urls.OF_A_LOGIN | urls.OF_PROVIDERS | {
        "provider-callback",
        "authenticators",
        "manage_email",
        "manage_totp",
        "manage_webauthn",
        "manage_recovery_codes",
        "change_password",
        "step-up-passkey",
    }


def test_an_account_is_for_its_user_alone() -> None:
    for method, path, body in OF_AN_ACCOUNT:
        nobody = App()
        nobody.send(method, path, body)
        assert nobody.last.status_code == 401, path


def page_of(user: Any) -> App:
    """A page that has just logged in: its scripts have the access token, and neither cookie nor password."""
    page = App(Origin="https://app.example.com", **PAGE)
    page.access = issue_session(user, amr=["pwd"], delivery=TokenDelivery.COOKIE).access_token
    return page


def test_script_in_a_page_changes_no_account_without_the_password(ann: Any) -> None:
    for method, path, body in OF_AN_ACCOUNT:
        if "change" not in path:
            page = page_of(ann)
            said = page.send(method, path, body)
            assert (page.last.status_code, said["code"]) == (403, "password_required"), path
            said = page.send(method, path, {**(body or {}), "password": "a guess"})
            assert page.last.status_code in (403, 429), path
    assert not Stored.objects.exists()


def test_a_page_adds_an_address_with_the_password(ann: Any) -> None:
    page = page_of(ann)
    page.send("POST", "account/email", {"email": "second@example.com", "password": PASSWORD})
    assert page.last.status_code == 200, page.last.content


def test_a_page_that_stepped_up_makes_a_passkey(ann: Any) -> None:
    page = page_of(ann)
    assert not was_stepped_up(Session.objects.get())
    issued = ours_step_up(page, Origin="https://app.example.com", **PAGE)
    assert issued.status_code == 200, issued.content
    page.access = issued.json()["access_token"]
    options = page.send("GET", "account/authenticators/webauthn?passwordless")["data"]["creation_options"]
    page.send("POST", "account/authenticators/webauthn", {"credential": Authenticator().make(options)})
    assert page.last.status_code == 200, page.last.content


@pytest.mark.parametrize(("method", "path", "body"), [one for one in OF_AN_ACCOUNT if one[0] != "GET"])
def test_a_stolen_token_of_a_fresh_login_changes_no_account(ann: Any, method: str, path: str, body: Any) -> None:
    """Neither an app's token of just now, nor one with fewer scopes than a login gets."""
    whole = issue_session(ann, amr=["pwd"])
    for token, refused, more in (
        (whole.access_token, "password_required", {"password": "", "current_password": ""}),
        (issue_session(ann, amr=["pwd"], scope=[]).access_token, "insufficient_scope", {"password": PASSWORD}),
    ):
        attacker = App()
        attacker.access = token
        attacker.send(method, path, {**body, **more})
        assert attacker.last.json()["code"] == refused
    assert not mail.outbox
    assert EmailAddress.objects.count() == 1


def test_guesses_at_the_current_password_are_counted_as_at_a_login(ann: Any) -> None:
    app = App()
    app.login()
    answers = []
    for guess in range(12):
        body = {"current_password": f"guess {guess}", "new_password": "a wholly new phrase"}
        app.send("POST", "account/password/change", body)
        cache.clear()
        answers.append(app.last.status_code)
    assert answers[:9] == [403] * 9
    assert answers[-1] in (403, 429)
    body = {"current_password": PASSWORD, "new_password": "a wholly new phrase"}
    app.send("POST", "account/password/change", body)
    assert app.last.status_code in (403, 429)
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


def told(subject: str) -> list[Any]:
    return [one.to for one in mail.outbox if one.subject == subject]


def test_the_owner_is_told_of_every_change(ann: Any) -> None:
    app = App()
    app.login()
    app.send("POST", "account/email", {"email": "second@example.com"})
    app.send("POST", "auth/email/verify", {"key": mailed_code()})
    assert told("An address was added to your account") == [[MAIL]]
    app.send("DELETE", "account/email", {"email": "second@example.com"})
    assert told("An address of your account was removed") == [[MAIL], ["second@example.com"]]
    app = App()
    app.login()
    secret = app.send("GET", "account/authenticators/totp")["meta"]["secret"]
    app.send("POST", "account/authenticators/totp", {"code": code(secret)})
    assert told("A second factor was added to your account") == [[MAIL]]
    app.access = issue_session(ann, amr=["pwd", "otp", "mfa"]).access_token
    body = {"current_password": PASSWORD, "new_password": "a wholly new phrase"}
    app.send("POST", "account/password/change", body)
    assert told("Your password was changed") == [[MAIL]]
    ann.refresh_from_db()
    app.access = issue_session(ann, amr=["pwd", "otp", "mfa"]).access_token
    app.send("DELETE", "account/authenticators/totp", {"password": "a wholly new phrase"})
    assert told("A second factor of your account was removed") == [[MAIL]]


def test_a_change_stands_where_the_owner_cannot_be_told(ann: Any, monkeypatch: Any, caplog: Any) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise OSError("no mail server")

    monkeypatch.setattr("django_bearer.integrations.allauth.owner_mails.send_mail", down)
    app = App()
    app.login()
    secret = app.send("GET", "account/authenticators/totp")["meta"]["secret"]
    app.send("POST", "account/authenticators/totp", {"code": code(secret)})
    assert app.last.status_code == 200
    assert "the owner was not told" in caplog.text


BODIES = (b"{", b"[]", b"email=a&password=b", b'{"email":"a","email":"b"}', b"\xff", b'{"email":"\\ud800"}')
NUL = b'{"email":"\\u0000","password":["\\u0000"],"code":"\\u0000","key":"\\u0000","name":"\\u0000"}'


def test_a_body_that_is_no_strict_json_is_refused(ann: Any) -> None:
    http = Client()
    for path in ("login", "signup", "code/request", "2fa/authenticate", "password/request", "email/verify"):
        for body in (*BODIES, NUL):
            answer = http.generic("POST", f"/auth/v1/auth/{path}", body, "application/json", secure=True)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), (path, body)


def written(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


GOOD_ORIGIN = {"type": "webauthn.get", "challenge": "AAAA", "origin": "https://api.example.com"}
DATA = ("!!", 1, None, [], "é", written("x"), written([]), written({"origin": []}), written(GOOD_ORIGIN))


@pytest.mark.parametrize("data", DATA)
def test_a_credential_that_is_none_is_refused(data: Any, ann: Any) -> None:
    rest = {"authenticatorData": "AAAA", "signature": "AAAA", "userHandle": "AAAA", "clientDataJSON": data}
    for credential in ({"response": rest}, {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": rest}):
        for begun in (True, False):
            app = App()
            if begun:
                app.send("GET", "auth/webauthn/login")
            app.send("POST", "auth/webauthn/login", {"credential": credential})
            assert app.last.status_code == 400, app.last.content


def test_a_passkey_without_a_sign_up_is_refused() -> None:
    options = App().send("GET", "auth/webauthn/login")["data"]["request_options"]
    options["publicKey"] |= {"rp": {"id": "api.example.com"}, "user": {"id": "AAAA"}}
    app = App()
    app.send("PUT", "auth/webauthn/signup", {"name": "k", "credential": Authenticator().make(options)})
    assert app.last.status_code == 409


def test_no_phone_is_kept_without_hooks_for_one(ann: Any) -> None:
    app = App()
    app.login()
    assert Client().post("/auth/v1/account/phone", secure=True).status_code == 404


@pytest.mark.parametrize("name", ["ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE"])
def test_another_address_before_the_first_is_verified_is_an_error(name: str) -> None:
    with override_settings(**{name: True}):
        assert [found.id for found in through_allauth.check(None)] == ["bearer.E013"]
        totp(person(MAIL, verified=False))
        attacker = App()
        attacker.login()
        attacker.send("POST", "account/email", {"email": "mallory@example.com"})
        assert attacker.last.status_code == 401
    assert EmailAddress.objects.count() == 1


BY_LINK = {"ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": False, "MFA_PASSKEY_SIGNUP_ENABLED": False}


def key_of_link(page: str) -> str:
    """The key of the last link that was mailed to this page."""
    bodies = [str(one.body) for one in mail.outbox]
    return unquote([found for body in bodies for found in re.findall(rf"{page}#(\S+)", body)][-1])


def by_code(email: str) -> App:
    """Somebody who has the mailbox and nothing else."""
    app = App()
    app.send("POST", "auth/code/request", {"email": email})
    app.send("POST", "auth/code/confirm", {"code": mailed_code()})
    if app.last.status_code == 401 and "verify_email" in str(app.last.json()):
        app.send("POST", "auth/email/verify", {"key": mailed_code()})
    return app


@pytest.mark.parametrize("row", ["none", "unverified"])
def test_a_mailbox_alone_removes_no_factor(row: str) -> None:
    user = get_user_model().objects.create_user("ann", MAIL, PASSWORD)
    if row != "none":
        EmailAddress.objects.create(user=user, email=MAIL, primary=True)
    totp(user)
    mine = issue_session(user, amr=["pwd", "otp", "mfa"])
    app = by_code(MAIL)
    assert not app.access
    assert Stored.objects.filter(user=user).exists()
    user.refresh_from_db()
    assert user.has_usable_password()
    assert Session.objects.filter(pk=mine.session_id, revoked_at=None).exists()


def test_an_account_of_an_administrator_keeps_its_password() -> None:
    user = get_user_model().objects.create_user("ann", MAIL, PASSWORD)
    mine = issue_session(user, amr=["pwd"])
    assert by_code(MAIL).access
    user.refresh_from_db()
    assert user.has_usable_password()
    assert Session.objects.filter(pk=mine.session_id, revoked_at=None).exists()


@pytest.mark.parametrize("where", ["here", "on the telephone"])
def test_a_new_user_who_opens_the_link_keeps_the_password(where: str) -> None:
    with override_settings(**BY_LINK):
        app = App()
        app.send("POST", "auth/signup", {"email": "new@example.com", "password": PASSWORD})
        opened = app if where == "here" else App()
        opened.send("POST", "auth/email/verify", {"key": key_of_link("verify")})
        assert EmailAddress.objects.get().verified
        again = App()
        again.login(email="new@example.com")
        assert again.last.status_code == 200, again.last.content


def test_the_owner_who_opens_a_link_loses_no_factor() -> None:
    with override_settings(**BY_LINK):
        user = person(MAIL, verified=False)
        totp(user)
        attacker = App()
        attacker.login()
        App().send("POST", "auth/email/verify", {"key": key_of_link("verify")})
        assert Stored.objects.filter(user=user).exists()
        attacker.send("GET", "auth/session")
        assert not attacker.access
        user.refresh_from_db()
        assert user.has_usable_password()


def test_an_address_that_somebody_else_has_added_leaves_the_account() -> None:
    """Somebody adds another person's address to an account of theirs, and waits."""
    with override_settings(**BY_LINK):
        person("mallory@example.net")
        attacker = App()
        attacker.login(email="mallory@example.net")
        attacker.send("POST", "account/email", {"email": MAIL})
        owner = App()
        owner.send("POST", "auth/email/verify", {"key": key_of_link("verify")})
        assert (owner.last.status_code, owner.last.json()["reason"]) == (403, "address_not_confirmed")
        owner = by_code(MAIL)
        assert (owner.last.status_code, owner.access) == (403, "")
        owner.send("GET", "auth/session")
        assert not owner.access
        assert list(EmailAddress.objects.values_list("email", "primary")) == [("mallory@example.net", True)]
        owner = App()
        owner.send("POST", "auth/signup", {"email": MAIL, "password": "the owner's own phrase"})
        owner.send("POST", "auth/email/verify", {"key": key_of_link("verify")})
        assert EmailAddress.objects.get(email=MAIL, verified=True).user.username != "mallory"


def test_an_account_signed_up_with_an_address_and_kept_by_another() -> None:
    """Somebody signs up with another person's address, and then verifies one of their own."""
    with override_settings(ACCOUNT_EMAIL_VERIFICATION="optional", **BY_LINK):
        attacker = App()
        attacker.send("POST", "auth/signup", {"email": MAIL, "password": PASSWORD})
        attacker.send("POST", "account/email", {"email": "mallory@example.net"})
        attacker.send("POST", "auth/email/verify", {"key": key_of_link("verify")})
        assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
            ("mallory@example.net", True, True)
        ]
        assert get_user_model().objects.get().email == "mallory@example.net"


def test_no_password_is_reset_by_an_address_that_was_never_verified() -> None:
    with override_settings(**BY_LINK):
        user = person("mallory@example.net")
        EmailAddress.objects.create(user=user, email=MAIL)
        App().send("POST", "auth/password/request", {"email": MAIL})
        assert [one.to for one in mail.outbox] == [[MAIL]]
        assert "reset#" not in str(mail.outbox[0].body)


@pytest.mark.parametrize("by", ["link", "code"])
def test_a_mailbox_alone_resets_no_password_of_a_user_with_a_second_factor(by: str, ann: Any) -> None:
    secret = totp(ann)
    with override_settings(ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED=by == "code"):
        app = App()
        app.send("POST", "auth/password/request", {"email": MAIL})
        key = key_of_link("reset") if by == "link" else mailed_code()
        body = {"key": key, "password": "a wholly new phrase"}
        said = app.send("POST", "auth/password/reset", body)
        assert (app.last.status_code, said["reason"]) == (403, "second_factor_required")
        app.send("POST", "auth/password/reset", {**body, "code": "000000"})
        assert app.last.status_code == 401
        ann.refresh_from_db()
        assert ann.check_password(PASSWORD)
        app.send("POST", "auth/password/reset", {**body, "code": code(secret)})
        ann.refresh_from_db()
        assert ann.check_password("a wholly new phrase")


def test_a_sign_up_with_a_known_address_is_no_error_without_a_page_to_name(ann: Any) -> None:
    pages = {name: page for name, page in settings.HEADLESS_FRONTEND_URLS.items() if name != "account_reset_password"}
    with override_settings(HEADLESS_FRONTEND_URLS=pages):
        app = App()
        app.send("POST", "auth/signup", {"email": MAIL, "password": PASSWORD})
    assert app.last.status_code == 401
    assert [one.to for one in mail.outbox] == [[MAIL]]


@pytest.mark.parametrize("key", [-1, "-x", "zzzzzzzzzzzzz-x", "x", "1-", []])
def test_a_key_that_is_none_resets_nothing(key: Any, ann: Any) -> None:
    app = App()
    app.send("POST", "auth/password/reset", {"key": key, "password": "a wholly new phrase"})
    assert app.last.status_code == 400, app.last.content
    app.headers = {"X-Password-Reset-Key": str(key)}
    app.send("GET", "auth/password/reset")
    assert app.last.status_code == 400, app.last.content


def test_the_check_does_not_depend_on_what_was_loaded_before(monkeypatch: Any) -> None:
    """The views that are ours are known once the URLconf is loaded, and not before."""
    known, routes = list(views.OURS), admin_views.routes

    def load(resolver: Any) -> Any:
        views.OURS[:] = known
        return routes(resolver)

    monkeypatch.setattr(views, "OURS", [])
    monkeypatch.setattr(admin_views, "routes", load)
    assert through_allauth.check(None) == []


BOTH = {"username", "email"}


@override_settings(ACCOUNT_LOGIN_METHODS=BOTH)
def test_a_user_name_that_is_anothers_address_buys_no_guesses() -> None:
    person(MAIL)
    eve = get_user_model().objects.create_user(MAIL, "eve@mail.example", "the password of Eve")
    EmailAddress.objects.create(user=eve, email=eve.email, verified=True, primary=True)

    def status(password: str, n: int) -> int:
        body = {"username": MAIL, "password": password}
        client = Client(REMOTE_ADDR=f"198.51.100.{n}")
        answer = client.post("/auth/v1/auth/login", json.dumps(body), content_type="application/json", secure=True)
        return answer.status_code

    looked_at = []
    for n in range(16):
        assert status("the password of Eve", n) == 200
        before = RateLimitCounter.objects.aggregate(all=Sum("count"))["all"]
        assert status("wrong", n) == 400
        assert status("the password of Eve", n) == 200
        looked_at.append(RateLimitCounter.objects.aggregate(all=Sum("count"))["all"] - before)
    assert min(looked_at) >= 6, "a guess stays in the counts of the name and the account"


@pytest.mark.parametrize(
    ("methods", "name", "by_name", "several"),
    [
        ({"email"}, MAIL, False, False),
        ({"email"}, MAIL, True, True),
        (BOTH, MAIL, True, True),
        (BOTH, MAIL, False, True),
        (BOTH, "ann", True, False),
        ({"username"}, MAIL, True, False),
    ],
)
def test_only_an_address_may_reach_several(methods: set[str], name: str, by_name: bool, several: bool) -> None:
    ann = person(MAIL)
    eve = get_user_model().objects.create_user("eve")
    with override_settings(ACCOUNT_LOGIN_METHODS=methods):
        assert name_reach.may_reach_others(name, eve, by_name) is several
        assert not name_reach.may_reach_others(MAIL, ann, True), "whose address is their name"
