"""Remembered devices at logins through allauth: its stage of the second factor is left out, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator as Stored
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.test import override_settings

from django_bearer import decode_token, revoke_user
from django_bearer.http import cookies
from django_bearer.models import RememberedDevice, Session
from tests.projects.through_allauth.authenticator import Authenticator
from tests.projects.through_allauth.flows import MAIL, PASSWORD, App, ann, code, fresh, mailed_code, totp

__all__ = ["ann", "fresh"]
pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86_400
remembering = override_settings(BEARER={**settings.BEARER, "REMEMBERED_DEVICE_LIFETIME": 30 * DAY})
PAGE = {"Origin": "https://app.example.com", "X-Bearer-Client": "first-party", "Sec-Fetch-Site": "same-site"}


def second(app: App, secret: str, **more: Any) -> Any:
    return app.send("POST", "auth/2fa/authenticate", {"code": code(secret), **more})


def remembered(secret: str) -> str:
    app = App()
    app.login()
    said = second(app, secret, remember_device=True)
    assert app.last.status_code == 200, said
    return str(said["meta"]["remembered_device_token"])


def login(token: str, password: str = PASSWORD) -> App:
    app = App()
    app.send("POST", "auth/login", {"email": MAIL, "password": password, "remembered_device_token": token})
    return app


@remembering
def test_an_app_is_not_asked_again(ann: Any) -> None:
    token = remembered(totp(ann))
    app = login(token)
    assert app.last.status_code == 200, app.last.content
    assert set(app.whoami()["amr"]) == {"pwd", "remembered"}
    assert login(token, "a wrong password, too").last.status_code == 400
    app.send("GET", "account/authenticators/recovery-codes")  # what wants a recent login
    assert app.last.status_code == 401


@remembering
def test_a_page_has_it_in_our_cookie(ann: Any) -> None:
    secret, page = totp(ann), App(**PAGE)
    page.login()
    said = second(page, secret, remember_device=True)
    assert page.last.status_code == 200, said
    assert "remembered_device_token" not in said["meta"]
    assert cookies.REMEMBERED in page.http.cookies
    page.access = page.flow = ""
    page.login()
    assert page.last.status_code == 200, page.last.content
    assert set(page.whoami()["amr"]) == {"pwd", "remembered"}


@remembering
def test_a_passkey_as_the_second_factor_is_remembered(ann: Any) -> None:
    app, device = App(), Authenticator()
    app.login()
    options = app.send("GET", "account/authenticators/webauthn")["data"]["creation_options"]
    app.send("POST", "account/authenticators/webauthn", {"name": "key", "credential": device.make(options)})
    assert app.last.status_code == 200, app.last.content
    app = App()
    app.login()
    options = app.send("GET", "auth/webauthn/authenticate")["data"]["request_options"]
    said = app.send(
        "POST", "auth/webauthn/authenticate", {"credential": device.use(options), "remember_device": True}
    )
    assert app.last.status_code == 200, said
    assert login(said["meta"]["remembered_device_token"]).last.status_code == 200


@remembering
def test_no_mailed_code_makes_or_uses_one(ann: Any) -> None:
    secret = totp(ann)
    spare = RecoveryCodes.activate(ann).generate_codes()[0]
    token = remembered(secret)
    for body in ({}, {"remembered_device_token": token}):
        app = App()
        app.send("POST", "auth/code/request", {"email": MAIL})
        app.send("POST", "auth/code/confirm", {"code": mailed_code(), "remember_device": True, **body})
        assert app.last.status_code == 401, app.last.content
    said = app.send("POST", "auth/2fa/authenticate", {"code": spare, "remember_device": True})
    assert app.last.status_code == 200, said
    assert "remembered_device_token" not in said["meta"]
    assert RememberedDevice.objects.count() == 1


@remembering
def test_no_other_route_remembers(ann: Any) -> None:
    app = App()
    said = app.send("POST", "auth/login", {"email": MAIL, "password": PASSWORD, "remember_device": True})
    assert app.last.status_code == 200
    assert "remembered_device_token" not in said["meta"]
    assert not RememberedDevice.objects.exists()


@remembering
@pytest.mark.parametrize("change", ["another factor", "a factor gone", "logout everywhere", "password"])
def test_what_ends_it(ann: Any, change: str) -> None:
    token, password = remembered(totp(ann)), PASSWORD
    match change:
        case "another factor":  # also where nobody tells us, as in a script
            Stored.objects.all().delete()
            totp(ann)
        case "a factor gone":
            Stored.objects.create(user=ann, type="webauthn", data={})
        case "logout everywhere":
            revoke_user(ann)
        case "password":
            password = "another pass phrase"
            ann.set_password(password)
            ann.save()
    assert login(token, password).last.status_code == 401
    assert not Session.objects.filter(revoked_at=None, amr="pwd remembered").exists()


def test_off_by_default(ann: Any) -> None:
    app = App()
    secret = totp(ann)
    app.login()
    said = second(app, secret, remember_device=True)
    assert app.last.status_code == 200, said
    assert "remembered_device_token" not in said["meta"]
    assert set(decode_token(app.access).amr) == {"pwd", "otp", "mfa"}
