"""Strong logins over HTTP: httpx, a served project, allauth's flows and our endpoints as REST framework's views."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from allauth.mfa.totp.internal import auth as totp_auth
from django.conf import settings
from django.core import mail
from django.test import override_settings
from django.urls import include, path

from django_bearer import Allow, decode_token
from django_bearer.events import EventKind, security_event
from tests.projects.through_allauth import urls
from tests.projects.through_allauth.authenticator import Authenticator
from tests.projects.through_allauth.flows import MAIL, PASSWORD, ann, fresh, mailed_code
from tests.projects.through_allauth.provider import CLIENT, Provider
from tests.projects.through_allauth.social import connected, provider
from tools.support import timeouts

__all__ = ["ann", "fresh", "provider"]
pytestmark = pytest.mark.django_db(transaction=True)
NEW = "a wholly new pass phrase"
urlpatterns = [*urls.urlpatterns, path("rest/", include("django_bearer.integrations.drf.urls", namespace="rest"))]
BEARER = {
    **settings.BEARER,
    "RECOVERY_URL": "https://app.example.com/recover#{token}",
    "REMEMBERED_DEVICE_LIFETIME": 86_400,
    "LOGIN_POLICY": lambda attempt: Allow(),  # also a name and a password, beside allauth's own logins
}


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__, BEARER=BEARER):
        yield


class Caller:
    """An app: it keeps the token of its flow and its tokens."""

    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, trust_env=False, timeout=timeouts.STEP)
        self.flow, self.tokens = "", {}  # type: ignore[var-annotated]

    def send(self, method: str, url: str, body: Any = None, wanted: int = 200) -> Any:
        headers = {"X-Session-Token": self.flow} if self.flow else {}
        if "access_token" in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        found = self.http.request(method, url, json=body, headers=headers)
        assert found.status_code == wanted, (url, found.status_code, found.text)
        said = found.json() if found.content else {}
        meta = said.get("meta") or {}
        self.flow = meta.get("session_token") or self.flow
        for place in (said, meta):
            self.tokens |= {name: place[name] for name in ("access_token", "refresh_token") if name in place}
        return said

    def amr(self) -> set[str]:
        return set(decode_token(self.tokens["access_token"]).amr)

    def forget(self) -> Caller:
        self.flow, self.tokens = "", {}
        return self


@pytest.fixture
def caller(served: str) -> Iterator[Caller]:
    found = Caller(served)
    with found.http:
        yield found


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The next code of a device: each of a period of its own, so that none comes twice."""
    now = itertools.count(1_000)
    period = [0]
    monkeypatch.setattr(totp_auth, "yield_hotp_counters_from_time", lambda: iter(period))

    def code(secret: str) -> str:
        period[0] = next(now)
        return totp_auth.format_hotp_value(totp_auth.hotp_value(secret, period[0]))

    return code


def enrolled(caller: Caller, codes: Any) -> tuple[str, list[str]]:
    """A TOTP device and recovery codes, added by a user who is logged in."""
    login = {"username": "ann", "password": PASSWORD}
    caller.send("POST", "/rest/login/", login)
    secret = caller.send("GET", "/auth/v1/account/authenticators/totp", wanted=404)["meta"]["secret"]
    caller.send("POST", "/auth/v1/account/authenticators/totp", {"code": codes(secret), "password": PASSWORD})
    limited = caller.forget().send("POST", "/rest/login/", login, 403)["limited_token"]
    caller.send("POST", "/rest/login/second-factor/", {"limited_token": limited, "code": codes(secret)})
    made = caller.send("POST", "/auth/v1/account/authenticators/recovery-codes", {"password": PASSWORD})["data"][
        "unused_codes"
    ]
    caller.forget()
    return secret, made


def test_sign_up_and_login_by_passkey(caller: Caller) -> None:
    device = Authenticator()
    caller.send("POST", "/auth/v1/auth/webauthn/signup", {"email": "new@example.com"}, 401)
    caller.send("POST", "/auth/v1/auth/email/verify", {"key": mailed_code()}, 401)
    options = caller.send("GET", "/auth/v1/auth/webauthn/signup")["data"]["creation_options"]
    caller.send("PUT", "/auth/v1/auth/webauthn/signup", {"name": "key", "credential": device.make(options)})
    assert caller.amr() == {"pop", "mfa"}
    options = caller.forget().send("GET", "/auth/v1/auth/webauthn/login")["data"]["request_options"]
    caller.send("POST", "/auth/v1/auth/webauthn/login", {"credential": device.use(options)})
    assert caller.amr() == {"pop", "mfa"}
    options = caller.send("GET", "/auth/v1/auth/webauthn/step-up")["data"]["request_options"]
    before = caller.tokens["access_token"]
    caller.send("POST", "/auth/v1/auth/webauthn/step-up", {"credential": device.use(options)})
    assert caller.tokens["access_token"] != before
    caller.send("GET", "/rest/sessions/")
    caller.send("POST", "/rest/logout/", {"refresh_token": caller.tokens["refresh_token"]}, 204)
    caller.send("GET", "/rest/sessions/", wanted=401)


def test_totp_enrolment_login_recovery_code_and_remembered_device(caller: Caller, codes: Any, ann: Any) -> None:
    secret, spare = enrolled(caller, codes)
    login = {"username": "ann", "password": PASSWORD}
    for code in (codes(secret), spare[0]):
        limited = caller.send("POST", "/rest/login/", login, 403)["limited_token"]
        body = {"limited_token": limited, "code": code, "remember_device": True}
        said = caller.send("POST", "/rest/login/second-factor/", body)
        assert caller.amr() == {"pwd", "otp", "mfa"}
        caller.forget()
    again = caller.send("POST", "/rest/login/", login, 403)["limited_token"]
    caller.send("POST", "/rest/login/second-factor/", {"limited_token": again, "code": spare[0]}, 401)
    caller.send("POST", "/rest/login/", {**login, "remembered_device_token": said["remembered_device_token"]})
    assert caller.amr() == {"pwd", "remembered"}
    [*_, one] = caller.send("GET", "/rest/remembered-devices/")["remembered_devices"]
    caller.send("DELETE", f"/rest/remembered-devices/{one['id']}/", wanted=204)


def test_step_up(caller: Caller, codes: Any, ann: Any) -> None:
    secret, spare = enrolled(caller, codes)
    limited = caller.send("POST", "/rest/login/", {"username": "ann", "password": PASSWORD}, 403)["limited_token"]
    caller.send("POST", "/rest/login/second-factor/", {"limited_token": limited, "code": codes(secret)})
    body: dict[str, Any] = {"password": PASSWORD}
    said = caller.send("POST", "/rest/step-up/", body, 403)
    assert said["reason"] == "second_factor_required"
    before = caller.tokens["refresh_token"]
    caller.send("POST", "/rest/step-up/", {**body, "code": spare[1]})
    assert caller.amr() == {"pwd", "otp", "mfa"}
    assert caller.tokens["refresh_token"] != before
    made = caller.send("POST", "/rest/api-tokens/", {"name": "nightly", "expires_in": 3600}, 201)
    assert made["token"].startswith("djb_at_")


def test_recovery_takes_the_second_factor_and_ends_what_was_before(caller: Caller, codes: Any, ann: Any) -> None:
    secret, spare = enrolled(caller, codes)
    limited = caller.send("POST", "/rest/login/", {"username": "ann", "password": PASSWORD}, 403)["limited_token"]
    caller.send("POST", "/rest/login/second-factor/", {"limited_token": limited, "code": codes(secret)})
    mailed = threading.Event()  # it is mailed once the answer has been sent

    def note(**_: Any) -> None:
        mailed.set()

    security_event.connect(note, sender=EventKind.RECOVERY_SENT)
    try:
        caller.send("POST", "/rest/recovery/", {"account": MAIL}, 204)
        assert mailed.wait(timeouts.STEP)
    finally:
        security_event.disconnect(note, sender=EventKind.RECOVERY_SENT)
    [token] = re.findall(r"recover#(\S+)", str(mail.outbox[-1].body))
    body = {"recovery_token": token, "password": NEW}
    assert caller.send("POST", "/rest/recovery/password/", body, 403)["reason"] == "second_factor_required"
    caller.send("POST", "/rest/recovery/password/", {**body, "code": spare[2]}, 204)
    caller.send("GET", "/rest/sessions/", wanted=401)
    caller.forget().send("POST", "/rest/recovery/password/", {**body, "code": spare[3]}, 401)
    caller.send("POST", "/rest/login/", {"username": "ann", "password": PASSWORD}, 401)
    caller.send("POST", "/rest/login/", {"username": "ann", "password": NEW}, 403)


def test_login_at_another_site(caller: Caller, codes: Any, ann: Any, provider: Provider) -> None:
    """By the ID token that an app got there; an account with a second factor is asked for it all the same."""
    connected(ann)

    def come() -> dict[str, Any]:
        token = {"client_id": CLIENT, "id_token": provider.id_token(jti=codes("A" * 16))}
        return {"provider": "company", "process": "login", "token": token}

    caller.send("POST", "/auth/v1/auth/provider/token", come())
    assert caller.amr() == {"federated"}
    caller.send("GET", "/rest/sessions/")
    secret, _ = enrolled(caller.forget(), codes)
    said = caller.send("POST", "/auth/v1/auth/provider/token", come(), 401)
    assert "access_token" not in caller.tokens
    assert [one["id"] for one in said["data"]["flows"] if one.get("is_pending")] == ["mfa_authenticate"]
    caller.send("POST", "/auth/v1/auth/2fa/authenticate", {"code": codes(secret)})
    assert caller.amr() == {"federated", "otp", "mfa"}
    caller.send("GET", "/rest/sessions/")


def test_a_required_factor_is_enrolled_at_the_login(caller: Caller, codes: Any, ann: Any) -> None:
    """A limited token, a code mailed to the verified address, the factor's first code, and then a session."""
    login = {"username": "ann", "password": PASSWORD}
    with override_settings(BEARER={**BEARER, "MFA_REQUIRED": "user:ann", "MFA_ENROLMENT_TIME": 0}):
        said = caller.send("POST", "/rest/login/", login, 403)
        assert (said["step"], caller.tokens) == ("enrol", {})
        limited = {"limited_token": said["limited_token"]}
        assert caller.send("POST", "/rest/login/enrol/code/", limited) == {"sent": True}
        [mailed] = re.findall(r"The code: (\S+)", str(mail.outbox[-1].body))
        caller.send("POST", "/rest/login/enrol/", {**limited, "code": "AAAA-AAAA-AA"}, 401)
        begun = caller.send("POST", "/rest/login/enrol/", {**limited, "code": mailed})
        limited = {"limited_token": begun["limited_token"]}
        caller.send("POST", "/rest/login/enrol/factor/", {**limited, "code": "000000"}, 401)
        code = codes(begun["secret"])
        done = caller.send("POST", "/rest/login/enrol/factor/", {**limited, "code": code})
        assert caller.amr() == {"pwd", "otp", "mfa"}
        caller.send("GET", "/rest/sessions/")
        caller.send("POST", "/rest/login/enrol/factor/", {**limited, "code": code}, 401)
        limited = {"limited_token": caller.forget().send("POST", "/rest/login/", login, 403)["limited_token"]}
        caller.send("POST", "/rest/login/second-factor/", {**limited, "code": done["recovery_codes"][0]})
        assert caller.amr() == {"pwd", "otp", "mfa"}
