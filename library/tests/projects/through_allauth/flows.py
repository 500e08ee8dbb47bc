"""Logins through allauth, each through the whole middleware stack; run by tests/integrations/test_allauth.py."""

from __future__ import annotations

import json
import re
from typing import Any

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
from django.urls import get_resolver

from django_bearer import Allow, Limit, LoginAttempt, Refuse, issue_api_token, issue_session
from django_bearer.checks import through_allauth
from django_bearer.errors import LoginIncomplete
from django_bearer.models import Session
from django_bearer.primitives import clock
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
        self.last: Any = None

    def send(self, method: str, path: str, body: Any = None) -> Any:
        headers = dict(self.headers)
        if self.flow:
            headers["X-Session-Token"] = self.flow
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        self.last = self.http.generic(
            method,
            f"/auth/v1/{path}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            secure=True,
            headers=headers,
        )
        said = self.last.json() if self.last.content else {}
        meta = said.get("meta") or {}
        self.flow = meta.get("session_token") or self.flow
        self.access = meta.get("access_token") or self.access
        return said

    def login(self, password: str = PASSWORD, email: str = MAIL) -> Any:
        return self.send("POST", "auth/login", {"email": email, "password": password})

    def whoami(self) -> Any:
        return self.http.get("/api/whoami/", secure=True, headers={"Authorization": f"Bearer {self.access}"}).json()


def nobody_is_logged_in() -> bool:
    return not any("_auth_user_id" in one.get_decoded() for one in DjangoSession.objects.all())


def totp(user: Any) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, clock.seconds() // 30))


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


def test_an_old_login_manages_no_factors(ann: Any) -> None:
    app = App()
    app.access = issue_session(ann, amr=["pwd"]).access_token
    Session.objects.update(authenticated_at=0)
    app.access = ""
    app.send("GET", "account/authenticators/totp")
    assert app.last.status_code == 401


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
        assert set(app.whoami()["amr"]) == {"pwd" if way == "password" else "mca", "otp", "mfa"}
        assert get_user_model().objects.get().last_login is not None
        assert nobody_is_logged_in()
        assert begun["secret"] not in str([one.data for one in Stored.objects.all()])
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
    outcome = FULL if whole else PENDING if pending and state != "deactivated" else REFUSED
    assert outcome == CELLS[way][STATES.index(state)], app.last.content
    assert Session.objects.exists() is (outcome == FULL)
    assert (get_user_model().objects.get().last_login is not None) is (outcome == FULL)
    assert nobody_is_logged_in()
