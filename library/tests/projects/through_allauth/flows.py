"""Logins through allauth, each through the whole middleware stack; run by tests/integrations/test_allauth.py."""

from __future__ import annotations

import json
import re
import time
import uuid
from types import ModuleType
from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator as Stored
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session as DjangoSession
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import get_resolver, include
from django.urls import path as route_to

from django_bearer import (
    Allow,
    Limit,
    LoginAttempt,
    Refuse,
    decode_token,
    is_token_revoked,
    issue_api_token,
    issue_session,
    refresh_session,
)
from django_bearer.checks import through_allauth
from django_bearer.database.conflicts import LostRace
from django_bearer.errors import LoginIncomplete, TemporarilyUnavailable
from django_bearer.events import EventKind
from django_bearer.integrations.allauth import pending
from django_bearer.integrations.allauth.state_store import FlowStore
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.recovery import email_undo
from tests.projects.through_allauth import urls
from tests.projects.through_allauth.authenticator import UP, Authenticator

pytestmark = pytest.mark.django_db(transaction=True)
MAIL, PASSWORD = "ann@example.com", "a long pass phrase of ours"


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


@pytest.fixture
def ann() -> Any:
    return person(MAIL)


def person(address: str, verified: bool = True) -> Any:
    user = get_user_model().objects.create_user(address.split("@")[0], address, PASSWORD)
    EmailAddress.objects.create(user=user, email=address, verified=verified, primary=True)
    return user


class App:
    """An app, or a page where `headers` says so: it keeps the token of its flow and its access token."""

    def __init__(self, **headers: str) -> None:
        self.http, self.headers, self.flow, self.access = Client(enforce_csrf_checks=True), headers, "", ""
        self.refresh = ""
        self.last: Any = None

    def send(self, method: str, url: str, body: Any = None) -> Any:
        headers = dict(self.headers)
        if url.startswith("account/") and method != "GET" and "X-Bearer-Client" not in headers:
            body = {"password": PASSWORD, **(body or {})}  # what changes an account takes it
        if self.flow:
            headers["X-Session-Token"] = self.flow
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        self.last = self.http.generic(
            method,
            f"/auth/v1/{url}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            secure=True,
            headers=headers,
        )
        said = self.last.json() if self.last.content else {}
        meta = said.get("meta") or {}
        self.flow = meta.get("session_token") or self.flow
        self.access = meta.get("access_token") or self.access
        self.refresh = meta.get("refresh_token") or self.refresh
        return said

    def login(self, password: str = PASSWORD, email: str = MAIL) -> Any:
        return self.send("POST", "auth/login", {"email": email, "password": password})

    def whoami(self) -> Any:
        return self.http.get("/api/whoami/", secure=True, headers={"Authorization": f"Bearer {self.access}"}).json()


def nobody_is_logged_in() -> bool:
    rows = [(one.get_decoded(), FlowStore(one.session_key).load()) for one in DjangoSession.objects.all()]
    return not any("_auth_user_id" in state for states in rows for state in states)


def totp(user: Any) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str, at: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, (at or clock.seconds()) // 30))


def mailed_code() -> str:
    return re.findall(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", str(mail.outbox[-1].body), re.M)[-1]


def test_password_ends_in_our_tokens(ann: Any) -> None:
    app = App()
    said = app.login()
    assert app.last.status_code == 200, said
    assert said["meta"]["refresh_token"]
    assert "session_token" not in said["meta"]
    assert app.whoami() == {"user": "ann", "amr": ["pwd"], "acr": None}
    assert nobody_is_logged_in()
    assert "sessionid" not in app.http.cookies
    assert app.last["Cache-Control"] == "no-store"


def test_a_page_gets_our_cookie_and_none_of_allauth(ann: Any) -> None:
    page = App(Origin="https://app.example.com", **{"X-Bearer-Client": "first-party", "Sec-Fetch-Site": "same-site"})
    said = page.login()
    assert page.last.status_code == 200, said
    assert "refresh_token" not in said["meta"]
    assert {name.startswith("__Host-bearer-") for name in page.http.cookies} == {True}
    assert page.whoami()["user"] == "ann"
    assert nobody_is_logged_in()


def test_a_page_of_another_origin_is_refused(ann: Any) -> None:
    page = App(Origin="https://evil.example.net", **{"X-Bearer-Client": "first-party"})
    page.login()
    assert page.last.status_code == 403
    assert not Session.objects.exists()


def test_a_password_with_totp_has_no_effect_before_its_code(ann: Any) -> None:
    secret = totp(ann)
    app = App()
    said = app.login()
    assert app.last.status_code == 401
    assert app.flow
    assert not app.access
    assert not Session.objects.exists()
    assert get_user_model().objects.get().last_login is None
    assert any(flow["id"] == "mfa_authenticate" and flow["is_pending"] for flow in said["data"]["flows"])
    before = app.flow
    app.send("POST", "auth/2fa/authenticate", {"code": code(secret)})
    assert app.last.status_code == 200, app.last.content
    assert set(app.whoami()["amr"]) == {"pwd", "otp", "mfa"}
    assert nobody_is_logged_in()
    stolen = App()
    stolen.flow = before
    stolen.send("GET", "auth/session")
    assert stolen.last.status_code == 410


def test_a_code_is_taken_once_in_whatever_flow(ann: Any) -> None:
    secret = totp(ann)
    right = code(secret)
    first, second = App(), App()
    for app in (first, second):
        app.login()
        app.send("POST", "auth/2fa/authenticate", {"code": right})
        cache.clear()  # what allauth itself remembers of used codes
    assert (first.last.status_code, second.last.status_code) == (200, 401)
    assert Session.objects.count() == 1


def many_logins() -> Any:
    """Logins by password are limited, too: a right one counts until the second factor is shown."""
    rates = {"address_account": "1000/hour", "account": "1000/day"}
    return override_settings(BEARER={**settings.BEARER, "LOGIN_RATE_LIMITS": rates})


@many_logins()
def test_codes_are_counted_over_all_flows_of_the_account(ann: Any) -> None:
    totp(ann)
    answers = []
    for guess in range(12):
        app = App()
        app.login()
        app.send("POST", "auth/2fa/authenticate", {"code": f"{guess:06}"})
        cache.clear()
        answers.append(app.last.status_code)
    assert answers[-1] == 429
    assert 200 not in answers


@many_logins()
def test_whoever_has_the_password_keeps_the_owner_from_no_second_factor_on_a_known_device(ann: Any) -> None:
    app = App()
    device = app.login()["meta"]["known_device_token"]
    secret = totp(ann)
    for guess in range(8):
        other = App()
        other.login()
        other.send("POST", "auth/2fa/authenticate", {"code": f"{guess:06}"})
    assert other.last.status_code == 429
    for known, status in (({}, 429), ({"known_device_token": device}, 200)):
        app = App()
        app.send("POST", "auth/login", {"email": MAIL, "password": PASSWORD, **known})
        app.send("POST", "auth/2fa/authenticate", {"code": code(secret), **known})
        assert app.last.status_code == status, app.last.content


def test_a_recovery_code_works_once(ann: Any) -> None:
    totp(ann)
    one = RecoveryCodes.activate(ann).generate_codes()[0]
    for wanted in (200, 401):
        app = App()
        app.login()
        app.send("POST", "auth/2fa/authenticate", {"code": one})
        assert app.last.status_code == wanted, app.last.content


def test_seeds_are_encrypted_at_rest(ann: Any) -> None:
    secret = totp(ann)
    assert secret not in str(Stored.objects.get().data)


def test_a_code_by_mail(ann: Any) -> None:
    app = App()
    app.send("POST", "auth/code/request", {"email": MAIL})
    assert app.last.status_code == 401
    assert app.flow
    app.send("POST", "auth/code/confirm", {"code": mailed_code()})
    assert app.last.status_code == 200, app.last.content
    assert app.whoami()["amr"] == ["mca"]


def test_a_passkey_is_added_and_logs_in(ann: Any) -> None:
    app, device = App(), Authenticator()
    app.login()
    said = app.send("GET", "account/authenticators/webauthn?passwordless")
    assert app.last.status_code == 200, said
    options = said["data"]["creation_options"]
    app.send("POST", "account/authenticators/webauthn", {"name": "key", "credential": device.make(options)})
    assert app.last.status_code == 200, app.last.content
    assert not Session.objects.filter(revoked_at=None).exists()  # a change of factors ends what was before
    again = App()
    options = again.send("GET", "auth/webauthn/login")["data"]["request_options"]
    assert options["publicKey"]["rpId"] == "api.example.com"
    answer = device.use(options)
    again.send("POST", "auth/webauthn/login", {"credential": answer})
    assert again.last.status_code == 200, again.last.content
    assert set(again.whoami()["amr"]) == {"pop", "mfa"}
    third = App()
    third.send("GET", "auth/webauthn/login")
    third.send("POST", "auth/webauthn/login", {"credential": answer})  # the challenge of another flow
    assert third.last.status_code == 400
    fourth = App()
    options = fourth.send("GET", "auth/webauthn/login")["data"]["request_options"]
    fourth.send("POST", "auth/webauthn/login", {"credential": device.use(options, UP)})  # its user not verified
    assert fourth.last.status_code == 400
    device.origin = "https://other.api.example.com"
    fifth = App()
    options = fifth.send("GET", "auth/webauthn/login")["data"]["request_options"]
    fifth.send("POST", "auth/webauthn/login", {"credential": device.use(options)})
    assert fifth.last.status_code == 403


def test_sign_up_with_a_passkey() -> None:
    app, device = App(), Authenticator()
    app.send("POST", "auth/webauthn/signup", {"email": "new@example.com"})
    assert app.last.status_code == 401, app.last.content
    app.send("POST", "auth/email/verify", {"key": mailed_code()})
    options = app.send("GET", "auth/webauthn/signup")["data"]["creation_options"]
    app.send("PUT", "auth/webauthn/signup", {"name": "key", "credential": device.make(options)})
    assert app.last.status_code == 200, app.last.content
    assert set(app.whoami()["amr"]) == {"pop", "mfa"}


def test_logout_ends_our_session(ann: Any) -> None:
    app = App()
    app.login()
    app.send("DELETE", "auth/session")
    assert not Session.objects.filter(revoked_at=None).exists()


def test_a_changed_password_ends_our_sessions(ann: Any) -> None:
    app = App()
    app.login()
    app.send("POST", "account/password/change", {"current_password": PASSWORD, "new_password": "another pass phrase"})
    assert app.last.status_code == 200, app.last.content
    assert not Session.objects.filter(revoked_at=None).exists()
    assert nobody_is_logged_in()


def test_an_api_token_manages_no_account(ann: Any) -> None:
    app = App()
    app.access = issue_api_token(ann, name="script", scope=["notes:read"], expires_in=3600).token
    app.send("GET", "account/authenticators")
    assert app.last.status_code == 403


OF_AN_ACCOUNT: Any = (
    ("GET", "account/authenticators/totp", None),
    ("POST", "account/authenticators/totp", {"code": "123456"}),
    ("DELETE", "account/authenticators/totp", {}),
    ("GET", "account/authenticators/webauthn", None),
    ("POST", "account/authenticators/webauthn", {"name": "key", "credential": {}}),
    ("PUT", "account/authenticators/webauthn", {"id": 1, "name": "key"}),
    ("DELETE", "account/authenticators/webauthn", {"authenticators": [1]}),
    ("GET", "account/authenticators/recovery-codes", None),
    ("POST", "account/authenticators/recovery-codes", {}),
    ("POST", "account/email", {"email": "other@example.com"}),
    ("PUT", "account/email", {"email": MAIL}),
    ("PATCH", "account/email", {"email": MAIL, "primary": True}),
    ("DELETE", "account/email", {"email": MAIL}),
    ("POST", "account/password/change", {"current_password": PASSWORD, "new_password": "a wholly new phrase"}),
)
"""What changes an account or shows its secrets."""


def test_an_old_login_manages_neither_factors_nor_addresses(ann: Any) -> None:
    """STEP_UP_MAX_AGE decides, by the token's `auth_time`: no refresh makes a login newer (ASVS 7.5.1)."""
    with clock.frozen():
        app = App()
        app.login()
        clock.advance(290)
        renewed(app)
        assert app.send("GET", "account/authenticators/totp")["meta"]["secret"]
        clock.advance(20)
        renewed(app)
        for method, path, body in OF_AN_ACCOUNT:
            said = app.send(method, path, body)
            assert (app.last.status_code, said.get("error")) == (401, "insufficient_user_authentication"), path
            assert 'max_age="300"' in app.last["WWW-Authenticate"]
        for path in ("account/authenticators", "account/email"):
            app.send("GET", path)
            assert app.last.status_code == 200, path
        assert not Stored.objects.exists()
        assert EmailAddress.objects.count() == 1
        assert app.whoami()["user"] == "ann"  # the login itself is as good as before
        app.access = ours_step_up(app).json()["access_token"]
        secret = app.send("GET", "account/authenticators/totp")["meta"]["secret"]
        app.send("POST", "account/authenticators/totp", {"code": code(secret, int(time.time()))})
        assert app.last.status_code == 200, app.last.content


def renewed(app: App) -> None:
    """The app's next access token; the session and its login stay."""
    issued = refresh_session(app.refresh)
    app.access, app.refresh = issued.access_token, issued.refresh_token or app.refresh


def ours_step_up(app: App, **more: str) -> Any:
    headers = {"Authorization": f"Bearer {app.access}", **more}
    body = {"password": PASSWORD}
    return Client().post("/token/step-up/", body, content_type="application/json", secure=True, headers=headers)


def refuses(attempt: LoginAttempt) -> Refuse:
    return Refuse("blocked", "Ask the office.")


def limits(attempt: LoginAttempt) -> Limit:
    return Limit("enrol")  # type: ignore[arg-type]


def allows(attempt: LoginAttempt) -> Allow:
    return Allow()


@pytest.mark.parametrize(
    ("policy", "active", "verified", "status"),
    [
        (allows, True, True, 200),
        (refuses, True, True, 403),
        (limits, True, True, 403),
        (allows, False, True, 401),
        (allows, True, False, 401),
    ],
)
@pytest.mark.parametrize("way", ["password", "code"])
def test_every_way_in_asks_the_policy(way: str, policy: Any, active: bool, verified: bool, status: int) -> None:
    user = person(MAIL, verified)
    user.is_active = active
    user.save()
    app = App()
    with override_settings(BEARER={**settings.BEARER, "LOGIN_POLICY": policy}):
        if way == "password":
            app.login()
        else:
            app.send("POST", "auth/code/request", {"email": MAIL})
            if active:
                app.send("POST", "auth/code/confirm", {"code": mailed_code()})
    if way == "code" and not verified:
        status = 200  # the code has verified the address
    assert (app.last.status_code == 200) is (status == 200), app.last.content
    assert Session.objects.exists() is (status == 200)
    assert nobody_is_logged_in()
    if status != 200:
        assert get_user_model().objects.get().last_login is None


def test_an_account_taken_before_its_owner_comes() -> None:
    user = person(MAIL, verified=False)
    totp_before = issue_session(user, amr=["pwd"])
    owner = App()
    owner.send("POST", "auth/code/request", {"email": MAIL})
    owner.send("POST", "auth/code/confirm", {"code": mailed_code()})
    assert owner.last.status_code == 200, owner.last.content
    assert not Session.objects.filter(pk=totp_before.session_id, revoked_at=None).exists()
    assert not get_user_model().objects.get().has_usable_password()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEADLESS_CLIENTS", ("app", "browser")),
        ("HEADLESS_ONLY", False),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies"),
        ("ACCOUNT_ADAPTER", "allauth.account.adapter.DefaultAccountAdapter"),
        ("MFA_ADAPTER", "allauth.mfa.adapter.DefaultMFAAdapter"),
        ("MFA_TRUST_ENABLED", True),
        ("MFA_TOTP_INSECURE_BYPASS_CODE", "123456"),
        ("ACCOUNT_LOGIN_ON_PASSWORD_RESET", True),
        ("BEARER", {**settings.BEARER, "SECOND_FACTOR": None}),
    ],
)
def test_a_setting_that_would_pass_by_is_an_error(name: str, value: Any) -> None:
    assert through_allauth.check(None) == []
    with override_settings(**{name: value}):
        assert [found.id for found in through_allauth.check(None)] == ["bearer.E013"]


def routes(patterns: Any, before: str = "") -> Any:
    for found in patterns:
        path = before + str(found.pattern)
        if hasattr(found, "url_patterns"):
            yield from routes(found.url_patterns, path)
        else:
            yield "/" + re.sub(r"<[^>]*>", "1", path)


@many_logins()
def test_the_token_of_a_flow_opens_no_route_of_a_login(ann: Any) -> None:
    totp(ann)
    paths = list(routes(get_resolver().url_patterns))
    assert len(paths) > 25
    opened = set()
    for path in paths:
        cache.clear()
        app = App()
        app.login()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            for headers in ({"X-Session-Token": app.flow}, {"Authorization": f"Bearer {app.flow}"}):
                answer = app.http.generic(
                    method, path, b"{}", content_type="application/json", secure=True, headers=headers
                )
                assert answer.status_code < 500, (method, path, answer.content)
                if "/account/" in path or "/api/" in path:
                    assert answer.status_code in (401, 405, 409, 410), (method, path, answer.status_code)
                if answer.status_code == 200:
                    opened.add((method, path))
    assert not Session.objects.exists()
    assert nobody_is_logged_in()
    of_the_step = {"/auth/v1/config", "/auth/v1/auth/webauthn/login", "/auth/v1/auth/webauthn/authenticate"}
    assert {path for _, path in opened if "/auth/v1/" in path} <= of_the_step


def ours(path: str, **body: Any) -> Any:
    return Client().post(f"/token/login/{path}", body, content_type="application/json", secure=True)


REQUIRED = {**settings.BEARER, "MFA_REQUIRED": "everyone", "MFA_ENROLMENT_TIME": 0}


@pytest.mark.parametrize("way", ["password", "code"])
def test_a_required_factor_is_enrolled_by_a_mailed_code(way: str, ann: Any) -> None:
    with override_settings(BEARER=REQUIRED):
        app = App()
        if way == "password":
            said = app.login()
        else:
            ann.set_unusable_password()  # or the mailbox alone would be enough
            ann.save()
            app.send("POST", "auth/code/request", {"email": MAIL})
            said = app.send("POST", "auth/code/confirm", {"code": mailed_code()})
        assert (app.last.status_code, said["step"]) == (403, "enrol")
        assert not Session.objects.exists()
        assert get_user_model().objects.get().last_login is None
        token = said["limited_token"]
        mail.outbox.clear()
        assert ours("enrol/code/", limited_token=token).json() == {"sent": True}
        assert mail.outbox[0].to == [MAIL]
        sent = re.findall(r"code: (\S+)", str(mail.outbox[0].body))[-1]
        begun = ours("enrol/", limited_token=token, code=sent).json()
        assert begun["totp_url"].startswith("otpauth://totp/")
        right = code(begun["secret"])
        done = ours("enrol/factor/", limited_token=begun["limited_token"], code=right)
        assert done.status_code == 200, done.content
        assert len(done.json()["recovery_codes"]) == 10
        app.access = done.json()["access_token"]
        assert set(app.whoami()["amr"]) == ({"pwd", "otp", "mfa"} if way == "password" else {"mca", "otp"})
        assert get_user_model().objects.get().last_login is not None
        assert nobody_is_logged_in()
        assert begun["secret"] not in str([one.data for one in Stored.objects.all()])
        if way == "password":
            again = App()
            assert again.login()["data"]["flows"]
            again.send("POST", "auth/2fa/authenticate", {"code": right})  # it has enrolled, and logs nobody in
            assert again.last.status_code == 401


def test_an_unverified_address_gets_no_code_for_a_factor() -> None:
    user = person(MAIL, verified=False)
    with override_settings(BEARER=REQUIRED), pytest.raises(LoginIncomplete) as incomplete:
        issue_session(user, amr=["pwd"])
    with override_settings(BEARER=REQUIRED):
        assert ours("enrol/code/", limited_token=incomplete.value.members["limited_token"]).json() == {"sent": False}
    assert not mail.outbox


def test_a_passkey_is_enough_where_a_factor_is_required(ann: Any) -> None:
    app, device = App(), Authenticator()
    app.login()
    options = app.send("GET", "account/authenticators/webauthn?passwordless")["data"]["creation_options"]
    app.send("POST", "account/authenticators/webauthn", {"name": "key", "credential": device.make(options)})
    with override_settings(BEARER=REQUIRED):
        again = App()
        options = again.send("GET", "auth/webauthn/login")["data"]["request_options"]
        again.send("POST", "auth/webauthn/login", {"credential": device.use(options)})
    assert again.last.status_code == 200, again.last.content


WAYS = ("password", "code", "passkey")
STATES = ("no factor", "factor on", "required, not enrolled", "unverified e-mail", "deactivated", "blocked")
FULL, PENDING, REFUSED = "full", "limited", "refused"
CELLS = {
    "password": (FULL, PENDING, PENDING, PENDING, REFUSED, REFUSED),
    "code": (FULL, PENDING, PENDING, FULL, REFUSED, REFUSED),  # the code has verified the address
    "passkey": (FULL, FULL, FULL, PENDING, REFUSED, REFUSED),
}
"""A passkey is a factor: its rows say what a login by it yields, whatever else is on or required."""


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_for_every_state_of_an_account(way: str, state: str) -> None:
    user, device = person(MAIL), Authenticator()
    if way == "passkey":
        app = App()
        app.login()
        options = app.send("GET", "account/authenticators/webauthn?passwordless")["data"]["creation_options"]
        app.send("POST", "account/authenticators/webauthn", {"name": "key", "credential": device.make(options)})
    Session.objects.all().delete()
    get_user_model().objects.update(last_login=None)
    if state == "factor on":
        totp(user)
    if state == "unverified e-mail":
        EmailAddress.objects.update(verified=False)
    if state == "deactivated":
        get_user_model().objects.update(is_active=False)
    bearer = REQUIRED if state == "required, not enrolled" else settings.BEARER
    bearer = {**bearer, "LOGIN_POLICY": refuses} if state == "blocked" else bearer
    app = App()
    with override_settings(BEARER=bearer):
        if way == "password":
            said = app.login()
        elif way == "code":
            said = app.send("POST", "auth/code/request", {"email": MAIL})
            if state != "deactivated":
                said = app.send("POST", "auth/code/confirm", {"code": mailed_code()})
        else:
            options = app.send("GET", "auth/webauthn/login")["data"]["request_options"]
            said = app.send("POST", "auth/webauthn/login", {"credential": device.use(options)})
    flows = (said.get("data") or {}).get("flows", ())
    pending = "limited_token" in said or any(one.get("is_pending") for one in flows)
    whole = app.last.status_code == 200 and bool(app.access)
    # allauth shows a flow also for an account that nobody may log in to, which nothing completes.
    outcome = FULL if whole else PENDING if pending and state != "deactivated" else REFUSED
    assert outcome == CELLS[way][STATES.index(state)], app.last.content
    assert Session.objects.exists() is (outcome == FULL)
    assert (get_user_model().objects.get().last_login is not None) is (outcome == FULL)
    assert nobody_is_logged_in()


def stored_states() -> str:
    """What a reader of the table of Django's sessions sees."""
    rows = list(DjangoSession.objects.all())
    assert rows
    return str([(one.session_data, one.get_decoded()) for one in rows])


def test_the_state_of_a_flow_is_encrypted_at_rest(ann: Any) -> None:
    app = App()
    app.login()
    secret = app.send("GET", "account/authenticators/totp")["meta"]["secret"]
    assert secret not in stored_states()
    app.send("POST", "account/authenticators/totp", {"code": code(secret)})
    assert app.last.status_code == 200, app.last.content
    other = App()
    other.send("POST", "auth/code/request", {"email": MAIL})
    assert mailed_code() not in stored_states()
    assert mailed_code().replace("-", "") not in stored_states()
    challenge = App().send("GET", "auth/webauthn/login")["data"]["request_options"]["publicKey"]["challenge"]
    assert challenge not in stored_states()
    for row in DjangoSession.objects.all():
        assert row.get_decoded() == {}  # not even Django's own reader opens it


def test_a_state_is_none_under_another_key(ann: Any) -> None:
    totp(ann)
    app, other = App(), App()
    app.login()
    other.send("GET", "auth/webauthn/login")
    state = DjangoSession.objects.get(session_key=pending.key_of("flow", app.flow)).session_data
    DjangoSession.objects.filter(session_key=pending.key_of("flow", other.flow)).update(session_data=state)
    said = other.send("GET", "auth/session")
    assert not any(flow.get("is_pending") for flow in said["data"]["flows"])


def wrong_passwords(times: int) -> list[int]:
    """Their answers; what allauth itself counts of them in the cache is forgotten."""
    answers = []
    for _ in range(times):
        app = App()
        app.login("wrong")
        answers.append(app.last.status_code)
        cache.clear()
    return answers


@pytest.mark.parametrize("name", ["ann", MAIL])
def test_a_right_password_is_forgiven_with_the_second_factor_and_not_before(name: str, ann: Any) -> None:
    """All attempts at the account whose name was typed; of a name that finds no account by itself, this one alone."""
    get_user_model().objects.update(username=name)
    secret = totp(ann)
    assert wrong_passwords(9) == [400] * 9
    app, other = App(), App()
    app.login()
    assert app.flow
    other.login()
    assert (other.last.status_code, other.flow) == (400, "")  # the tenth attempt was the last one
    app.send("POST", "auth/2fa/authenticate", {"code": code(secret)})
    assert app.last.status_code == 200, app.last.content
    assert wrong_passwords(9 if name == MAIL else 0) == [400] * (9 if name == MAIL else 0)
    other.login()
    assert other.last.status_code == 401, other.last.content


def test_a_login_without_a_second_factor_is_forgiven_at_once(ann: Any) -> None:
    for _ in range(15):
        app = App()
        app.login()
        assert app.last.status_code == 200, app.last.content


def passkey_session(user: Any) -> tuple[App, Authenticator]:
    """An app that is logged in by a passkey, and the passkey."""
    app, device = App(), Authenticator()
    app.login()
    options = app.send("GET", "account/authenticators/webauthn?passwordless")["data"]["creation_options"]
    app.send("POST", "account/authenticators/webauthn", {"name": "key", "credential": device.make(options)})
    again = App()
    options = again.send("GET", "auth/webauthn/login")["data"]["request_options"]
    again.send("POST", "auth/webauthn/login", {"credential": device.use(options)})
    assert again.last.status_code == 200, again.last.content
    return again, device


def challenge(app: App) -> Any:
    return app.send("GET", "auth/webauthn/step-up")["data"]["request_options"]


def test_a_passkey_steps_the_session_up(ann: Any) -> None:
    with clock.frozen():
        app, device = passkey_session(ann)
        clock.advance(310)
        renewed(app)
        assert app.send("GET", "account/authenticators/webauthn")["error"] == "insufficient_user_authentication"
        before = app.access
        said = app.send("POST", "auth/webauthn/step-up", {"credential": device.use(challenge(app))})
        assert app.last.status_code == 200, app.last.content
        claims = decode_token(said["access_token"])
        assert (claims.auth_time, set(claims.amr)) == (clock.seconds(), {"pop", "mfa"})
        assert claims.sid == decode_token_even_if_over(before)
        assert said["refresh_token"]
        assert is_token_revoked(before)
        app.access = said["access_token"]
        assert app.send("GET", "account/authenticators/webauthn")["data"]["creation_options"]


def decode_token_even_if_over(token: str) -> Any:
    return uuid.UUID(jwt.decode(token, options={"verify_signature": False})["sid"])


def test_what_is_no_step_up(ann: Any) -> None:
    app, device = passkey_session(ann)
    other = App()
    options = other.send("GET", "auth/webauthn/login")["data"]["request_options"]
    app.send("POST", "auth/webauthn/step-up", {"credential": device.use(options)})  # the challenge of a login
    assert app.last.status_code == 400
    options = challenge(app)
    app.send("POST", "auth/webauthn/step-up", {"credential": device.use(options, UP)})  # its user not verified
    assert app.last.status_code == 400
    answer = device.use(challenge(app))
    app.send("POST", "auth/webauthn/step-up", {"credential": answer})
    assert app.last.status_code == 200, app.last.content
    app.access = app.last.json()["access_token"]
    app.send("POST", "auth/webauthn/step-up", {"credential": answer})  # once more
    assert app.last.status_code == 400
    device.origin = "https://other.api.example.com"
    app.send("POST", "auth/webauthn/step-up", {"credential": device.use(challenge(app))})
    assert app.last.status_code == 403
    nobody = App()
    assert nobody.send("GET", "auth/webauthn/step-up")["status"] == 401


def test_no_other_users_passkey_steps_a_session_up(ann: Any) -> None:
    _, device = passkey_session(ann)
    person("bob@example.com")
    app = App()
    app.login(email="bob@example.com")
    options = challenge(app)
    assert not options["publicKey"].get("allowCredentials")
    app.send("POST", "auth/webauthn/step-up", {"credential": device.use(options)})
    assert app.last.status_code == 400


def test_a_page_steps_up_with_its_cookie(ann: Any) -> None:
    _, device = passkey_session(ann)
    sent = {"X-Bearer-Client": "first-party", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    page = App(Origin="https://api.example.com", **sent)  # as the guide's page, also where there is no body
    options = page.send("GET", "auth/webauthn/login")["data"]["request_options"]
    page.send("POST", "auth/webauthn/login", {"credential": device.use(options)})
    cookies = {name: found.value for name, found in page.http.cookies.items()}
    said = page.send("POST", "auth/webauthn/step-up", {"credential": device.use(challenge(page))})
    assert page.last.status_code == 200, page.last.content
    assert "refresh_token" not in said
    assert {name: found.value for name, found in page.http.cookies.items()} != cookies


@pytest.mark.parametrize("route", ["allauth.headless.urls", "allauth.account.urls", "allauth.mfa.urls"])
def test_allauths_own_routes_beside_ours_are_an_error(route: str) -> None:
    module = ModuleType("tests.projects.through_allauth.more_urls")
    module.urlpatterns = [*urls.urlpatterns, route_to("more/", include(route))]  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=module):
        [found] = through_allauth.check(None)
    assert found.id == "bearer.E013"
    assert "allauth" in str(found.hint)
    assert through_allauth.check(None) == []


@pytest.mark.parametrize("change", ["primary", "removed", "reset", "factor added", "factor removed", "codes anew"])
def test_a_changed_account_ends_every_session_and_its_owner_is_told(change: str, ann: Any, bearer: Any) -> None:
    app = App()
    app.login()
    other = issue_session(ann, amr=["pwd", "otp", "mfa"])
    if change in ("primary", "removed"):
        EmailAddress.objects.create(user=ann, email="second@example.com", verified=True)
        body = {"email": "second@example.com"}
        if change == "primary":
            app.send("PATCH", "account/email", {**body, "primary": True})
        else:
            app.send("DELETE", "account/email", body)
    elif change == "reset":
        app.send("POST", "auth/password/request", {"email": MAIL})
        key = re.findall(r"reset#(\S+)", str(mail.outbox[-1].body))[-1]
        app = App()
        app.send("POST", "auth/password/reset", {"key": key, "password": "a wholly new pass phrase"})
        assert app.last.status_code == 401, app.last.content  # the password is new, and nobody is logged in
    else:
        secret = app.send("GET", "account/authenticators/totp")["meta"]["secret"]
        app.send("POST", "account/authenticators/totp", {"code": code(secret)})
        if change != "factor added":
            other = issue_session(ann, amr=["pwd", "otp", "mfa"])
            app.access = other.access_token
            path = "totp" if change == "factor removed" else "recovery-codes"
            app.send("DELETE" if change == "factor removed" else "POST", f"account/authenticators/{path}", {})
    assert app.last.status_code in (200, 401), app.last.content
    assert not Session.objects.filter(revoked_at=None).exists()
    assert is_token_revoked(other.access_token)
    kinds = {"factor added": (2, 0), "factor removed": (2, 2), "codes anew": (3, 0)}  # with the recovery codes
    if change == "primary":
        assert {tuple(one.to) for one in mail.outbox} == {(MAIL,), ("second@example.com",)}
        assert len(bearer.events_of(EventKind.EMAIL_CHANGED)) == 1
    counted = len(bearer.events_of(EventKind.FACTOR_ADDED)), len(bearer.events_of(EventKind.FACTOR_REMOVED))
    assert counted == kinds.get(change, (0, 0))


@many_logins()
def test_every_limited_token_opens_its_step_alone(ann: Any) -> None:
    """Tokens of a login that lacks a factor, before and after the mailed code, at every route of both URLconfs."""
    with override_settings(BEARER={**REQUIRED, "LOGIN_RATE_LIMITS": {"address_account": "1000/hour"}}):
        token = App().login()["limited_token"]
        ours("enrol/code/", limited_token=token)
        sent = re.findall(r"code: (\S+)", str(mail.outbox[-1].body))[-1]
        tokens = {"proved": ours("enrol/", limited_token=token, code=sent).json()["limited_token"]}
        tokens["enrol"] = App().login()["limited_token"]
        where = {"enrol": "/token/login/enrol/code/"}
        paths = [one.replace("\\", "") for one in routes(get_resolver().url_patterns)]
        assert len(paths) > 40
        for path_ in paths:
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                for step, limited in tokens.items():
                    if path_ == where.get(step) or (path_, step) == ("/token/login/enrol/code/", "proved"):
                        continue
                    cache.clear()
                    names = ("token", "refresh_token", "access_token", "limited_token", "recovery_token", "key")
                    body = {**dict.fromkeys(names, limited), "code": "000000", "password": PASSWORD}
                    headers = {"Authorization": f"Bearer {limited}", "X-Session-Token": limited}
                    answer = Client().generic(
                        method, path_, json.dumps(body).encode(), "application/json", secure=True, headers=headers
                    )
                    seen = (method, path_, step, answer.status_code, answer.content[:200])
                    assert answer.status_code < 500, seen
                    assert b"access_token" not in answer.content, seen
                    open_to_all = path_.endswith(("logout/", "revoke/", "csp-report/", "v1/config", "api-tokens/1/"))
                    assert open_to_all or answer.status_code >= 400 or b'"active": false' in answer.content, seen
        assert not Session.objects.exists()
        assert not Stored.objects.exists()
        assert nobody_is_logged_in()


def test_the_owner_undoes_a_change_of_address(ann: Any) -> None:
    undo = {**settings.BEARER, "EMAIL_UNDO_URL": "https://app.example.com/undo#{token}"}
    with override_settings(BEARER=undo):
        app = App()
        app.login()
        EmailAddress.objects.create(user=ann, email="second@example.com", verified=True)
        app.send("PATCH", "account/email", {"email": "second@example.com", "primary": True})
        assert app.last.status_code in (200, 401), app.last.content
        [told] = [one for one in mail.outbox if one.to == [MAIL]]
        token = re.findall(r"undo#(\S+)", str(told.body))[-1]
        body = {"undo_token": token}
        done = Client().post("/token/email/undo/", body, content_type="application/json", secure=True)
    assert done.status_code == 204, done.content
    assert [(one.email, one.verified, one.primary) for one in EmailAddress.objects.all()] == [(MAIL, True, True)]
    assert get_user_model().objects.get().email == MAIL
    assert not get_user_model().objects.get().check_password(PASSWORD)


@pytest.mark.parametrize("busy", [TemporarilyUnavailable("busy"), LostRace("busy")])
def test_a_change_of_address_that_fails_has_changed_nothing(
    busy: Exception, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App()
    app.login()
    EmailAddress.objects.create(user=ann, email="second@example.com", verified=True)
    before = list(EmailAddress.objects.order_by("pk").values_list("email", "primary"))
    mail.outbox.clear()

    def fail(*args: Any, **kwargs: Any) -> str:
        raise busy

    with monkeypatch.context() as patched:
        patched.setattr(email_undo, "make", fail)
        app.send("PATCH", "account/email", {"email": "second@example.com", "primary": True})
    assert (app.last.status_code, app.last.json()["code"]) == (503, "retry"), app.last.content
    assert get_user_model().objects.get().email == MAIL
    assert list(EmailAddress.objects.order_by("pk").values_list("email", "primary")) == before
    assert mail.outbox == []
    assert app.whoami()["user"] == "ann", "the session goes on"
    app.send("PATCH", "account/email", {"email": "second@example.com", "primary": True})
    assert get_user_model().objects.get().email == "second@example.com"
    assert {one.to[0] for one in mail.outbox} == {MAIL, "second@example.com"}


@pytest.mark.parametrize("way", ["allauth", "ours"])
def test_an_account_taken_before_its_owner_comes_and_recovers(way: str) -> None:
    """What somebody else had prepared ends with the recovery: password, sessions, API tokens, flows under way."""
    user = person(MAIL, verified=False)
    theirs = issue_session(user, amr=["pwd"])
    machine = issue_api_token(user, name="script", scope=["notes:read"], expires_in=3600)
    waiting = App()
    waiting.login()  # until the address is verified
    recovery = {**settings.BEARER, "RECOVERY_URL": "https://app.example.com/recover#{token}"}
    mail.outbox.clear()
    with override_settings(BEARER=recovery):
        if way == "allauth":
            owner = App()
            owner.send("POST", "auth/password/request", {"email": MAIL})
            key = re.findall(r"reset#(\S+)", str(mail.outbox[-1].body))[-1]
            owner.send("POST", "auth/password/reset", {"key": key, "password": "the owner's own pass phrase"})
        else:
            sent = {"content_type": "application/json", "secure": True}
            Client().post("/token/recovery/", {"account": MAIL}, **sent)
            link = re.findall(r"djb_rc_\S+", str(mail.outbox[-1].body))[-1]
            body = {"recovery_token": link, "password": "the owner's own pass phrase"}
            assert Client().post("/token/recovery/password/", body, **sent).status_code == 204
    assert get_user_model().objects.get().check_password("the owner's own pass phrase")
    assert is_token_revoked(theirs.access_token)
    assert is_token_revoked(machine.token)
    assert not Session.objects.filter(revoked_at=None).exists()
    waiting.send("POST", "auth/email/verify", {"key": "000000"})
    assert waiting.last.status_code >= 400
