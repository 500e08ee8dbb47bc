"""Introspection (RFC 7662) and its signed answer (RFC 9701): IN-01 to IN-08, each a test."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from django.test import Client, override_settings

from django_bearer import issue_api_token, revoke_session
from django_bearer.errors import Failure, TemporarilyUnavailable
from django_bearer.http import authentication
from django_bearer.primitives import clock
from tests.token_clients import (
    BILLING,
    CLIENTS,
    OTHER_SECRET,
    OWN,
    PREFIXES,
    SECRET,
    alive,
    ask,
    basic,
    bearer,
    configured,
    issue,
)

SIGNED = "application/token-introspection+jwt"
INACTIVE = {"active": False}


@pytest.fixture(autouse=True)
def clients() -> Iterator[None]:
    with configured():
        yield


def asked(token: str | None, client: str = "gateway", prefix: str = "/auth", **headers: str) -> Any:
    return ask(f"{prefix}/introspect/", {"token": token}, form=True, **basic(client, SECRET.text), **headers)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_in_01_only_who_proves_to_be_a_client_is_told(prefix: str, ann: Any) -> None:
    token = issue(ann).access_token
    body = {"token": token}
    for refused in (
        ask(f"{prefix}/introspect/", body),
        ask(f"{prefix}/introspect/", body, form=True),
        ask(f"{prefix}/introspect/", {**body, "client_id": "first-party"}),
        ask(f"{prefix}/introspect/", {**body, "client_id": "gateway"}),
        ask(f"{prefix}/introspect/", body, **basic("gateway", OTHER_SECRET.text)),
        ask(f"{prefix}/introspect/", body, **basic("ann@example.com", "correct horse battery staple")),
        ask(f"{prefix}/introspect/", body, **bearer(token)),
    ):
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refused["WWW-Authenticate"] == 'Basic realm="api"'
    in_body = {**body, "client_id": "gateway", "client_secret": SECRET.text}
    for form in (True, False):
        assert ask(f"{prefix}/introspect/", in_body, form=form).json()["active"] is True
        assert ask(f"{prefix}/introspect/", body, form=form, **basic("gateway", SECRET.text)).json()["active"] is True


@pytest.mark.parametrize("prefix", PREFIXES)
def test_in_01_post_only_and_never_a_token_in_the_url(prefix: str, ann: Any) -> None:
    token = issue(ann).access_token
    url = f"{prefix}/introspect/?token={token}"
    assert Client().get(url, headers=basic("gateway", SECRET.text)).status_code == 405
    assert ask(url, {}, form=True, **basic("gateway", SECRET.text)).json()["code"] == "invalid_request"


def test_in_01_a_bearer_may_ask_with_the_scope_the_settings_name(ann: Any) -> None:
    desk = {"kind": "native", "scopes": ["notes:read", "introspect"]}
    scopes = {"SCOPES": ["notes:read", "introspect"], "INTROSPECTION_SCOPE": "introspect"}
    with configured(**scopes, CLIENTS={**CLIENTS, "desk": desk}):
        usual, may = issue(ann), issue(ann, "desk")
        machine = issue_api_token(ann, name="gateway", expires_in=60, scope=["introspect"])
        body = {"token": usual.access_token}
        assert usual.scope == {"notes:read"}, "a client has this scope only when it names it"
        for token in (may.access_token, machine.token):
            assert ask("/auth/introspect/", body, **bearer(token)).json()["active"] is True
        assert ask("/auth/introspect/", body, **bearer(usual.access_token)).json()["code"] == "insufficient_scope"
        assert ask("/auth/introspect/", body, **bearer("bad")).json()["code"] == "invalid_token"
        both = {**body, "client_id": "gateway", "client_secret": SECRET.text}
        assert ask("/auth/introspect/", both, **bearer(may.access_token)).json()["code"] == "invalid_request"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_in_02_every_other_token_is_inactive_and_nothing_else_is_said(prefix: str, ann: Any) -> None:
    with clock.frozen():
        expired = issue(ann)
        clock.advance(301)
        ended, foreign, good = issue(ann), issue(ann, "phone", BILLING), issue(ann)
        revoke_session(ended.session_id)
        tokens = [expired.access_token, ended.access_token, foreign.access_token, good.refresh_token, "x", "a.b.c"]
        for token in tokens:
            found = asked(token, prefix=prefix)
            assert (found.status_code, found.json()) == (200, INACTIVE)
        assert asked(good.access_token, prefix=prefix).json()["active"] is True


def test_in_03_active_is_what_authentication_accepts_now(ann: Any) -> None:
    issued = issue(ann)
    assert asked(issued.access_token).json()["active"] is alive(issued.access_token) is True
    ann.is_active = False
    ann.save()
    assert asked(issued.access_token).json()["active"] is alive(issued.access_token) is False


def test_in_03_the_audience_fits_the_service_that_asks(ann: Any) -> None:
    own, billing = issue(ann), issue(ann, "phone", BILLING)
    assert asked(own.access_token, "billing").json() == INACTIVE
    assert asked(billing.access_token, "billing").json()["aud"] == BILLING
    assert asked(billing.access_token, "gateway").json() == INACTIVE
    assert asked(own.access_token, "gateway").json()["aud"] == OWN


@pytest.mark.parametrize("prefix", PREFIXES)
def test_in_04_members_have_their_registered_names_and_types(prefix: str, ann: Any) -> None:
    issued = issue(ann)
    found = asked(issued.access_token, prefix=prefix)
    assert found["Content-Type"] == "application/json"
    assert found["Cache-Control"] == "no-store"
    members = found.json()
    claims = jwt.decode(issued.access_token, options={"verify_signature": False})
    same = {"iss", "aud", "sub", "exp", "iat", "jti", "sid", "client_id", "auth_time"}
    assert {name: members[name] for name in same} == {name: claims[name] for name in same}
    assert set(members) == same | {"active", "token_type", "scope"}
    assert (members["token_type"], members["scope"]) == ("Bearer", "notes:read notes:write")
    assert all(isinstance(members[name], int) for name in ("exp", "iat", "auth_time"))


def test_in_05_a_service_that_asks_too_often_waits_and_every_question_is_logged(db: Any, caplog: Any) -> None:
    caplog.set_level(logging.INFO, "django_bearer.security")
    with clock.frozen(), configured(TOKEN_RATE_LIMITS={"introspect": "2/minute"}):
        assert [asked("x").status_code for _ in range(3)] == [200, 200, 429]
        assert asked("x", "billing").status_code == 200
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "django_bearer.security"]
    told = [(line["client"], line["answer"]) for line in lines if line["event"] == "authn_token_introspected"]
    assert told == [("gateway", "inactive")] * 2 + [("billing", "inactive")]


def test_in_06_no_answer_may_be_stored(ann: Any) -> None:
    for found in (asked("x"), asked(issue(ann).access_token, Accept=SIGNED)):
        assert found["Cache-Control"] == "no-store"


def test_what_cannot_be_told_just_now_is_not_called_inactive(db: Any, monkeypatch: Any) -> None:
    busy = Failure(TemporarilyUnavailable, "the ring cannot be read")
    monkeypatch.setattr(authentication, "verify_token_for_any", lambda *args: busy)
    assert asked("x").status_code == 503


def verified(text: str, audience: str) -> dict[str, Any]:
    """What a resource server makes of it with PyJWT and our published keys."""
    keys = jwt.PyJWKSet.from_dict(Client().get("/.well-known/jwks.json").json())
    header = jwt.get_unverified_header(text)
    key = next(key for key in keys.keys if key.key_id == header["kid"])
    assert header["typ"] == "token-introspection+jwt"
    algorithms = Client().get("/.well-known/oauth-authorization-server").json()
    names = algorithms["introspection_signing_alg_values_supported"]
    issuer = settings.BEARER["ISSUER"]
    found: dict[str, Any] = jwt.decode(text, key, algorithms=names, audience=audience, issuer=issuer)
    return found


@pytest.mark.parametrize("prefix", PREFIXES)
def test_in_07_the_answer_signed_for_the_service_that_asked(prefix: str, ann: Any) -> None:
    token = issue(ann, "phone", BILLING).access_token
    plain = asked(token, "billing", prefix=prefix).json()
    found = asked(token, "billing", prefix=prefix, Accept=SIGNED)
    assert (found.status_code, found["Content-Type"]) == (200, SIGNED)
    members = verified(found.content.decode(), "billing")
    assert members["token_introspection"] == plain
    assert members["token_introspection"]["active"] is True
    inactive = verified(asked("x", "billing", prefix=prefix, Accept=SIGNED).content.decode(), "billing")
    assert inactive["token_introspection"] == INACTIVE


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html", f"application/json, {SIGNED};q=0.5"])
def test_in_07_json_unless_the_signed_answer_is_preferred(accept: str, db: Any) -> None:
    assert asked("x", Accept=accept).json() == INACTIVE


def test_in_08_the_signed_answer_is_no_access_token(ann: Any) -> None:
    token = issue(ann).access_token
    text = asked(token, Accept=SIGNED).content.decode()
    assert set(jwt.decode(text, options={"verify_signature": False})) == {"iss", "aud", "iat", "token_introspection"}
    assert not alive(text)
    assert asked(text).json() == INACTIVE


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_client_library_gets_along_with_it(prefix: str, method: str, served: str, ann: Any) -> None:
    """Authlib asks, and then revokes, as its documentation has it."""
    url, token = f"{served}{prefix}", issue(ann, "backend").access_token
    with OAuth2Session("backend", OTHER_SECRET.text, token_endpoint_auth_method=method) as session:
        session.trust_env = False
        found = session.introspect_token(f"{url}/introspect/", token=token).json()
        assert (found["active"], found["client_id"]) == (True, "backend")
        assert session.revoke_token(f"{url}/revoke/", token=token).status_code == 200
        assert session.introspect_token(f"{url}/introspect/", token=token).json() == INACTIVE


def test_the_scope_that_lets_bearers_ask_must_exist() -> None:
    from django_bearer import conf

    with override_settings(BEARER={**settings.BEARER, "INTROSPECTION_SCOPE": "introspect"}):
        assert "not one of SCOPES" in conf.faults()[0]
