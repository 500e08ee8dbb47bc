"""Logins at another site, through a provider on loopback: they end in our sessions, and join nobody by an address."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.facebook import flows as facebook
from allauth.socialaccount.providers.facebook.provider import FacebookProvider
from allauth.socialaccount.providers.google import views as google
from allauth.socialaccount.providers.google.provider import GoogleProvider
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import override_settings

from django_bearer import Allow, LoginAttempt, Refuse, decode_token
from django_bearer.checks import through_allauth
from django_bearer.events import EventKind
from django_bearer.integrations.allauth import social_state
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.recovery import email_change
from tests.projects.through_allauth import provider as stub
from tests.projects.through_allauth.flows import (
    MAIL,
    PASSWORD,
    App,
    ann,
    fresh,
    mailed_code,
    nobody_is_logged_in,
    person,
    totp,
)
from tests.projects.through_allauth.provider import CLIENT, SECRET, Provider

__all__ = ["ann", "fresh"]
pytestmark = pytest.mark.django_db(transaction=True)
BACK = "https://app.example.com/back"
HEADERS = {"Origin": "https://app.example.com", "X-Bearer-Client": "first-party", "Sec-Fetch-Site": "same-site"}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with stub.running() as found:
        app = {"provider_id": "company", "name": "Company", "client_id": CLIENT, "secret": SECRET}
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {"APPS": [{**app, "settings": {"server_url": found.issuer}}]}
        }
        yield found


def trusted(found: Provider) -> Any:
    """The same provider, by whose verified addresses the project lets people in."""
    [app] = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    more = {**app, "settings": {**app["settings"], "email_authentication": True}}
    return override_settings(SOCIALACCOUNT_PROVIDERS={"openid_connect": {"APPS": [more]}})


def page(**more: str) -> App:
    return App(**{**HEADERS, **more})


def begin(app: App, process: str = "login", **more: Any) -> str:
    said = app.send(
        "POST",
        "auth/provider/redirect",
        {"provider": "company", "process": process, "callback_url": BACK, **more},
    )
    assert app.last.status_code == 200, said
    return str(said["data"]["url"])


def finish(app: App, answer: dict[str, str]) -> Any:
    return app.send("POST", "auth/provider/callback", answer)


def log_in(provider: Provider, app: App | None = None) -> App:
    app = app or page()
    finish(app, provider.authorize(begin(app)))
    return app


def connected(user: Any, uid: str = "1001") -> Any:
    return SocialAccount.objects.create(user=user, provider="company", uid=uid)


def test_a_page_logs_in_by_a_redirect(ann: Any, provider: Provider) -> None:
    connected(ann)
    app = page()
    url = begin(app)
    assert "session_token" not in app.last.json().get("meta", {})
    cookie = app.http.cookies[social_state.COOKIE]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert (cookie["domain"], cookie["max-age"]) == ("", 600)
    said = finish(app, provider.authorize(url))
    assert app.last.status_code == 200, said
    assert "refresh_token" not in said["meta"]
    assert app.whoami() == {"user": "ann", "amr": ["federated"], "acr": None}
    assert nobody_is_logged_in()
    assert "sessionid" not in app.http.cookies


def test_an_app_logs_in_by_an_id_token_once(ann: Any, provider: Provider) -> None:
    connected(ann)
    body = {
        "provider": "company",
        "process": "login",
        "token": {"client_id": CLIENT, "id_token": provider.id_token()},
    }
    app, other = App(), App()
    said = app.send("POST", "auth/provider/token", body)
    assert app.last.status_code == 200, said
    assert said["meta"]["refresh_token"]
    assert app.whoami()["amr"] == ["federated"]
    other.send("POST", "auth/provider/token", body)
    assert (other.last.status_code, other.last.json()["code"]) == (401, "code_refused")


def by_token(name: str, **token: str) -> int:
    app = App()
    body = {"provider": name, "process": "login", "token": {"client_id": CLIENT, **token}}
    app.send("POST", "auth/provider/token", body)
    return int(app.last.status_code)


def other_signature(token: str) -> str:
    """The same signature (r, s) of ECDSA as (r, n - s), which is as good."""
    signed, _, written = token.rpartition(".")
    raw = base64.urlsafe_b64decode(written + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    changed = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    return f"{signed}.{base64.urlsafe_b64encode(changed).rstrip(b'=').decode()}"


def test_an_id_token_written_in_another_way_is_the_same(ann: Any, provider: Provider) -> None:
    connected(ann)
    sent = provider.id_token()
    assert by_token("company", id_token=sent) == 200
    for again in (sent + "==", sent + "=", f"{sent[:-4]}!{sent[-4:]}", sent[:-4] + "\n" + sent[-4:]):
        assert by_token("company", id_token=again) in (400, 401), again
    assert by_token("company", id_token=sent, access_token="opaque") == 401
    provider.key = ec.generate_private_key(ec.SECP256R1())
    provider.algorithm = "ES256"
    sent = provider.id_token()
    assert [by_token("company", id_token=one) for one in (sent, other_signature(sent))] == [200, 401]


@pytest.fixture
def flat_providers() -> Iterator[None]:
    """Two providers that keep what they know of a person without saying where they know it from."""
    found = [GoogleProvider, FacebookProvider]
    for one in found:
        registry.register(one)
    yield
    for one in found:
        registry.provider_map.pop(one.id)


def test_an_access_token_is_taken_once_whatever_goes_along(
    ann: Any, flat_providers: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"facebook": {"APPS": [{"client_id": CLIENT, "secret": SECRET}]}}
    SocialAccount.objects.create(user=ann, provider="facebook", uid="1001")

    def known(request: Any, provider: Any, token: str) -> Any:
        return provider.sociallogin_from_response(request, {"id": "1001"})

    monkeypatch.setattr(facebook, "verify_token", known)
    assert by_token("facebook", access_token="known", id_token="junk.1.x") == 200
    for id_token in ("junk.2.x", "junk", ""):
        assert by_token("facebook", access_token="known", id_token=id_token) == 401
    assert by_token("facebook", access_token="known ") == 400
    assert by_token("facebook", access_token="another", id_token="\ud800") == 400
    assert by_token("facebook", access_token="another") == 200


@pytest.mark.parametrize(
    ("claims", "status"), [({}, 200), ({"nonce": "of another login"}, 403), ({"nonce": None}, 403)]
)
def test_the_nonce_is_looked_at_whatever_the_provider_keeps(
    claims: dict[str, Any],
    status: int,
    ann: Any,
    provider: Provider,
    flat_providers: None,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = {"client_id": CLIENT, "secret": SECRET, "settings": {"scope": ["openid", "email"]}}
    settings.SOCIALACCOUNT_PROVIDERS = {"google": {"APPS": [app]}}
    SocialAccount.objects.create(user=ann, provider="google", uid="1001")
    monkeypatch.setattr(google, "ID_TOKEN_ISSUER", provider.issuer)
    for end in ("authorize", "token"):
        name = {"authorize": "authorize_url", "token": "access_token_url"}[end]
        monkeypatch.setattr(google.GoogleOAuth2Adapter, name, f"{provider.issuer}/{end}")
    provider.token = claims
    browser = page()
    finish(browser, provider.authorize(begin(browser, provider="google")))
    assert browser.last.status_code == status, browser.last.content
    assert Session.objects.exists() is (status == 200)


def test_a_second_factor_of_ours_is_asked_for(ann: Any, provider: Provider) -> None:
    connected(ann)
    totp(ann)
    code = RecoveryCodes.activate(ann).generate_codes()[0]
    app = log_in(provider)
    assert app.last.status_code == 401
    assert not Session.objects.exists()
    flows = app.last.json()["data"]["flows"]
    assert any(flow["id"] == "mfa_authenticate" and flow["is_pending"] for flow in flows)
    app.send("POST", "auth/2fa/authenticate", {"code": code})
    assert app.last.status_code == 200, app.last.content
    assert set(app.whoami()["amr"]) == {"federated", "otp", "mfa"}


def test_the_policy_is_asked(ann: Any, provider: Provider) -> None:
    connected(ann)

    def policy(attempt: LoginAttempt) -> Allow | Refuse:
        return Refuse("closed") if "federated" in attempt.methods else Allow()

    with override_settings(BEARER={**settings.BEARER, "LOGIN_POLICY": policy}):
        app = log_in(provider)
    assert (app.last.status_code, app.last.json()["reason"]) == (403, "closed")
    assert not Session.objects.exists()


def test_a_deactivated_user_is_not_let_in(ann: Any, provider: Provider) -> None:
    connected(ann)
    ann.is_active = False
    ann.save()
    assert log_in(provider).last.status_code in (401, 403)
    assert not Session.objects.exists()


STATES = {
    "no factor": (200, ""),
    "factor on": (401, "mfa_authenticate"),
    "required, not enrolled": (403, "enrol"),
    "unverified e-mail": (401, "verify_email"),
    "deactivated": (401, ""),
    "blocked": (403, ""),
}


@pytest.mark.parametrize("way", ["redirect", "token"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_an_account(ann: Any, provider: Provider, state: str, way: str) -> None:
    """Full, limited or refused, as by every other way in."""
    connected(ann)
    more: dict[str, Any] = {}
    match state:
        case "factor on":
            totp(ann)
        case "required, not enrolled":
            more = {"MFA_REQUIRED": "everyone", "MFA_ENROLMENT_TIME": 0}
        case "unverified e-mail":
            EmailAddress.objects.filter(user=ann).update(verified=False)
        case "deactivated":
            ann.is_active = False
            ann.save()
        case "blocked":
            more = {"LOGIN_POLICY": lambda attempt: Refuse("blocked")}
    with override_settings(BEARER={**settings.BEARER, **more}):
        if way == "redirect":
            app = log_in(provider)
        else:
            app = App()
            token = {"client_id": CLIENT, "id_token": provider.id_token()}
            app.send("POST", "auth/provider/token", {"provider": "company", "process": "login", "token": token})
    said = app.last.json()
    pending = [flow["id"] for flow in said.get("data", {}).get("flows", ()) if flow.get("is_pending")]
    assert (app.last.status_code, said.get("step") or "".join(pending)) == STATES[state], said
    assert Session.objects.count() == (1 if state == "no factor" else 0)


# The browser.


def test_the_answer_is_of_no_use_in_another_browser(ann: Any, provider: Provider) -> None:
    """Somebody else's answer in the owner's browser would log in somebody else; the owner's elsewhere, the owner."""
    connected(ann)
    app, other = page(), page()
    answer = provider.authorize(begin(app))
    begin(other)
    for stolen in (other, page(), App()):
        finish(stolen, answer)
        assert stolen.last.status_code in (400, 410), stolen.last.content
    assert not Session.objects.exists()
    finish(app, answer)
    assert app.last.status_code == 200


def test_an_answer_is_looked_at_once(ann: Any, provider: Provider) -> None:
    connected(ann)
    app = page()
    answer = provider.authorize(begin(app))
    finish(app, answer)
    assert app.last.status_code == 200
    app.access = app.flow = ""
    provider.codes[answer["code"]] = {"redirect_uri": BACK}  # a provider that forgot
    asked = len(provider.asked)
    finish(app, answer)
    assert app.last.status_code in (400, 410)
    assert len(provider.asked) == asked
    assert Session.objects.count() == 1


def test_a_wrong_code_uses_the_flow_up(ann: Any, provider: Provider) -> None:
    connected(ann)
    app = page()
    answer = provider.authorize(begin(app))
    finish(app, {**answer, "code": "wrong"})
    assert (app.last.status_code, app.last.json()["reason"]) == (403, "provider_failed")
    app.flow = ""
    finish(app, answer)
    assert app.last.status_code in (400, 410)


def test_two_tabs_do_not_disturb_each_other(ann: Any, provider: Provider) -> None:
    connected(ann)
    app = page()
    first, second = (provider.authorize(begin(app)) for _ in range(2))
    finish(app, second)
    assert app.last.status_code == 200, app.last.content
    app.access = app.flow = ""
    finish(app, first)
    assert app.last.status_code == 200, app.last.content
    assert set(app.whoami()["amr"]) == {"federated"}


def test_too_late(ann: Any, provider: Provider) -> None:
    connected(ann)
    app = page()
    with clock.frozen():
        answer = provider.authorize(begin(app))
        clock.advance(601)
        finish(app, answer)
        assert app.last.status_code in (400, 410)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.net/back",
        "https://app.example.com.evil.example.net/",
        "https://app.example.com@evil.example.net/",
        "https://app.example.com/#x",
        "https://evil.example.net\\@app.example.com/",
        "//app.example.com/",
        "javascript:alert(1)",
        "/back",
        "",
    ],
)
def test_the_browser_comes_back_to_a_page_of_the_client(url: str, provider: Provider) -> None:
    app = page()
    app.send("POST", "auth/provider/redirect", {"provider": "company", "process": "login", "callback_url": url})
    assert app.last.status_code == 400


def test_a_foreign_page_begins_and_ends_nothing(ann: Any, provider: Provider) -> None:
    connected(ann)
    app = page()
    answer = provider.authorize(begin(app))
    app.headers = {**HEADERS, "Origin": "https://evil.example.net", "Sec-Fetch-Site": "cross-site"}
    finish(app, answer)
    assert app.last.status_code == 403
    app.headers = {"Origin": "https://app.example.com", "Sec-Fetch-Site": "same-site"}  # without our header: a form
    finish(app, answer)
    assert app.last.status_code == 403
    assert not Session.objects.exists()


# What the provider says.


@pytest.mark.parametrize(
    ("wrong", "who"),
    [
        ({"nonce": "of another login"}, "redirect"),
        ({"sub": "2002"}, "redirect"),
        ({"aud": "another client"}, "both"),
        ({"iss": "https://other.example"}, "both"),
        ({"exp": 1}, "both"),
    ],
)
def test_an_id_token_that_is_not_ours_logs_nobody_in(ann: Any, provider: Provider, wrong: Any, who: str) -> None:
    connected(ann)
    connected(person("bob@example.com"), "2002")
    provider.token = wrong
    app = log_in(provider)
    assert (app.last.status_code, app.last.json()["reason"]) == (403, "provider_failed"), app.last.content
    if who == "both":
        app = App()
        token = {"client_id": CLIENT, "id_token": provider.id_token()}
        app.send("POST", "auth/provider/token", {"provider": "company", "process": "login", "token": token})
        assert app.last.status_code in (400, 403), app.last.content
    assert not Session.objects.exists()


@pytest.mark.parametrize("iss", ["https://evil.example", ""])
def test_another_issuers_answer_is_refused(ann: Any, provider: Provider, iss: str) -> None:
    """RFC 9207: the provider says that it names itself in every answer."""
    connected(ann)
    app = page()
    answer = provider.authorize(begin(app))
    finish(app, {**answer, "iss": iss})
    assert (app.last.status_code, app.last.json()["reason"]) == (403, "provider_failed")
    assert "/token" not in provider.asked


def forged_tokens(provider: Provider) -> list[Any]:
    import jwt
    from cryptography.hazmat.primitives.asymmetric import rsa

    said = jwt.decode(provider.id_token(), options={"verify_signature": False})
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return [
        jwt.encode(said, other, algorithm="RS256", headers={"kid": "one"}),
        jwt.encode(said, "x" * 40, algorithm="HS256", headers={"kid": "one"}),
        jwt.encode(said, None, algorithm="none", headers={"kid": "one"}),
        jwt.encode(said, provider.key, algorithm="RS256"),
        jwt.encode(said, provider.key, algorithm="RS256", headers={"kid": "two"}),
        jwt.encode({k: v for k, v in said.items() if k != "sub"}, provider.key, "RS256", {"kid": "one"}),
        "x.y.z",
        "",
        "\ud800",
        5,
        None,
        [],
        {},
    ]


def test_forged_and_malformed_tokens_are_a_clear_refusal(ann: Any, provider: Provider) -> None:
    connected(ann)
    for token in forged_tokens(provider):
        app = App()
        body = {"provider": "company", "process": "login", "token": {"client_id": CLIENT, "id_token": token}}
        app.send("POST", "auth/provider/token", body)
        assert app.last.status_code in (400, 403), (token, app.last.content)
    for body in ({}, {"provider": 5}, {"provider": "dummy", "process": "login", "token": {"access_token": "x"}}):
        for route in ("token", "redirect", "callback"):
            for app in (App(), page()):
                app.send("POST", f"auth/provider/{route}", body)
                assert app.last.status_code in (400, 410), (route, body, app.last.content)
    assert not Session.objects.exists()


def test_a_provider_that_does_not_answer_is_told_as_such(settings: Any) -> None:
    app = {"provider_id": "company", "name": "Company", "client_id": CLIENT, "secret": SECRET}
    gone = {**app, "settings": {"server_url": "http://127.0.0.1:9"}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [gone]}}
    one = page()
    one.send("POST", "auth/provider/redirect", {"provider": "company", "process": "login", "callback_url": BACK})
    assert one.last.status_code == 503


# Whose account it is.


def test_somebody_new_signs_up_and_confirms_what_the_provider_has_not(provider: Provider) -> None:
    provider.person |= {"email": "new@example.com", "email_verified": False}
    app = log_in(provider)
    assert app.last.status_code == 401
    assert not Session.objects.exists()
    app.send("POST", "auth/email/verify", {"key": mailed_code()})
    assert app.last.status_code == 200, app.last.content
    assert EmailAddress.objects.get().verified
    assert app.whoami()["amr"] == ["federated"]


def test_a_verified_address_of_the_provider_needs_no_code(provider: Provider) -> None:
    provider.person |= {"email": "new@example.com"}
    app = log_in(provider)
    assert app.last.status_code == 200, app.last.content
    assert not get_user_model().objects.get().has_usable_password()


@pytest.mark.parametrize("trust", [False, True])
@pytest.mark.parametrize("theirs", [False, True])
@pytest.mark.parametrize("ours", [False, True])
def test_nobody_is_joined_by_an_address_that_one_side_has_not_verified(
    provider: Provider, trust: bool, theirs: bool, ours: bool
) -> None:
    owner = person(MAIL, verified=ours)
    provider.person["email_verified"] = theirs
    with trusted(provider) if trust else override_settings():
        app = log_in(provider)
    joined = trust and theirs and ours
    assert (app.last.status_code == 200) is joined, app.last.content
    assert not SocialAccount.objects.filter(user=owner).exists()
    assert get_user_model().objects.count() == 1
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_a_joined_user_is_asked_for_the_second_factor(ann: Any, provider: Provider) -> None:
    totp(ann)
    with trusted(provider):
        assert log_in(provider).last.status_code == 401
    assert not Session.objects.exists()


def test_whoever_proves_the_address_takes_the_account_from_a_connection_of_before(provider: Provider) -> None:
    """Somebody signs up at the provider with an address that is not theirs, and waits for its owner."""
    provider.person |= {"sub": "666", "email": "victim@example.com", "email_verified": False}
    log_in(provider)
    assert SocialAccount.objects.filter(uid="666").exists()
    owner = App()
    owner.send("POST", "auth/code/request", {"email": "victim@example.com"})
    owner.send("POST", "auth/code/confirm", {"code": mailed_code()})
    assert owner.last.status_code == 200, owner.last.content
    assert not SocialAccount.objects.exists()
    again = log_in(provider)
    assert again.last.status_code != 200
    assert Session.objects.filter(revoked_at=None).count() == 1


# Connecting.


def step_up(app: App) -> None:
    found = app.http.post(
        "/token/step-up/",
        {"password": PASSWORD},
        content_type="application/json",
        secure=True,
        headers={**app.headers, "Authorization": f"Bearer {app.access}"},
    )
    assert found.status_code == 200, found.content
    app.access = found.json()["access_token"]


def test_a_connection_takes_a_step_up_and_ends_what_was_before(ann: Any, provider: Provider) -> None:
    app = page()
    app.login()
    app.send("POST", "auth/provider/redirect", {"provider": "company", "process": "connect", "callback_url": BACK})
    assert (app.last.status_code, app.last.json()["code"]) == (403, "password_required")
    step_up(app)
    mail.outbox.clear()
    finish(app, provider.authorize(begin(app, "connect")))
    assert app.last.status_code == 200, app.last.content
    assert SocialAccount.objects.get().user == ann
    assert not Session.objects.filter(revoked_at=None).exists()
    assert [sent.to for sent in mail.outbox] == [[MAIL]]
    assert "company" in str(mail.outbox[0].body).lower()
    assert log_in(provider).last.status_code == 200


def test_somebody_elses_answer_connects_nothing(ann: Any, provider: Provider) -> None:
    """Whoever brings an answer of their own into the owner's page would have a way in."""
    evil, owner = page(), page()
    answer = provider.authorize(begin(evil))
    owner.login()
    step_up(owner)
    begin(owner, "connect")
    finish(owner, answer)
    assert owner.last.status_code == 400
    anonymous = page()
    anonymous.send(
        "POST", "auth/provider/redirect", {"provider": "company", "process": "connect", "callback_url": BACK}
    )
    assert anonymous.last.status_code == 401
    assert not SocialAccount.objects.exists()


def test_a_connection_of_another_user_stays_theirs(ann: Any, provider: Provider) -> None:
    bob = person("bob@example.com")
    connected(bob)
    app = page()
    app.login()
    step_up(app)
    finish(app, provider.authorize(begin(app, "connect")))
    assert app.last.status_code == 400, app.last.content
    assert SocialAccount.objects.get().user == bob


def test_an_old_or_stolen_access_token_connects_nothing(ann: Any, provider: Provider) -> None:
    token = {"client_id": CLIENT, "id_token": provider.id_token()}
    body = {"provider": "company", "process": "connect", "token": token}
    with clock.frozen():
        app = App()
        app.login()
        clock.advance(290)
        for _ in range(2):
            found = app.http.post(
                "/token/refresh/", {"refresh_token": app.refresh}, content_type="application/json", secure=True
            )
            app.access = found.json()["access_token"]
            app.refresh = found.json().get("refresh_token", app.refresh)
            clock.advance(40)
        app.send("POST", "auth/provider/token", body)
        assert app.last.status_code == 401
    assert not SocialAccount.objects.exists()


def test_who_is_logged_in_logs_in_as_nobody_else(ann: Any, provider: Provider) -> None:
    connected(person("bob@example.com"))
    app = App()
    app.login()
    token = {"client_id": CLIENT, "id_token": provider.id_token()}
    app.send("POST", "auth/provider/token", {"provider": "company", "process": "login", "token": token})
    assert app.last.status_code == 409
    assert app.whoami()["user"] == "ann"


def test_disconnecting(ann: Any, provider: Provider) -> None:
    connected(ann)
    app = App()
    app.login()
    listed = app.send("GET", "account/providers")["data"]
    assert [one["uid"] for one in listed] == ["1001"]
    app = page()
    app.login()
    app.send("DELETE", "account/providers", {"provider": "company", "account": "1001"})
    assert app.last.status_code == 403
    mail.outbox.clear()
    app.send("DELETE", "account/providers", {"provider": "company", "account": "1001", "password": PASSWORD})
    assert app.last.status_code == 200, app.last.content
    assert not SocialAccount.objects.exists()
    assert not Session.objects.filter(revoked_at=None).exists()
    assert [sent.to for sent in mail.outbox] == [[MAIL]]


def test_an_address_that_is_set_back_takes_the_connections_along(ann: Any, provider: Provider) -> None:
    """Whoever took the account over has connected one of their own, and would be back by it."""
    undo = "https://app.example.com/undo#{token}"
    with override_settings(BEARER={**settings.BEARER, "EMAIL_UNDO_URL": undo}):
        connected(ann, "666")
        ann.email = "attacker@example.net"
        ann.save()
        email_change.changed(ann, settings.BEARER["ISSUER"], MAIL, ann.email)
        [token] = re.findall(r"undo#(\S+)", " ".join(str(one.body) for one in mail.outbox))
        found = App().http.post(
            "/token/email/undo/", {"undo_token": token}, content_type="application/json", secure=True
        )
        assert found.status_code == 204, found.content
    assert not SocialAccount.objects.exists()
    provider.person["sub"] = "666"
    assert log_in(provider).last.status_code != 200


def test_events_tell_of_it(ann: Any, provider: Provider, bearer: Any) -> None:
    app = App()
    app.login()
    token = {"client_id": CLIENT, "id_token": provider.id_token()}
    body = {"provider": "company", "process": "connect", "token": token}
    app.send("POST", "auth/provider/token", body)
    assert app.last.json()["code"] == "password_required"
    app.send("POST", "auth/provider/token", {**body, "password": PASSWORD})
    assert app.last.status_code == 200, app.last.content
    [event] = bearer.events_of(EventKind.SOCIAL_ACCOUNT_ADDED)
    assert event.details == {"provider": "company"}


def test_requests_are_counted_before_the_provider_is_asked(provider: Provider) -> None:
    with override_settings(BEARER={**settings.BEARER, "LOGIN_RATE_LIMITS": {"address": "3/hour"}}):
        for wanted in (200, 200, 200, 429):
            app = page()
            body = {"provider": "company", "process": "login", "callback_url": BACK}
            app.send("POST", "auth/provider/redirect", body)
            assert app.last.status_code == wanted


def test_a_session_that_began_elsewhere_is_told_so_in_its_tokens(ann: Any, provider: Provider) -> None:
    connected(ann)
    assert decode_token(log_in(provider).access).amr == ("federated",)


def test_the_same_subject_at_another_provider_is_somebody_else(ann: Any, provider: Provider) -> None:
    """A person is told by provider and subject together (OpenID Connect Core section 2)."""
    SocialAccount.objects.create(user=ann, provider="another", uid="1001")
    provider.person = {"sub": "1001", "email": "kai@example.com", "email_verified": True}
    app = log_in(provider)
    assert app.last.status_code == 200, app.last.content
    assert app.whoami()["user"] != "ann"
    assert SocialAccount.objects.get(provider="company", uid="1001").user != ann


def test_the_check_wants_our_hooks_and_no_provider_for_development() -> None:
    assert not list(through_allauth.wrong())
    with override_settings(SOCIALACCOUNT_ADAPTER="allauth.socialaccount.adapter.DefaultSocialAccountAdapter"):
        assert any("SOCIALACCOUNT_ADAPTER" in hint for hint in through_allauth.wrong())
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, through_allauth.DUMMY]):
        assert any("dummy" in hint for hint in through_allauth.wrong())
