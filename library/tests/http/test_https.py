"""Plain HTTP: refused always, revoked only when sure (BR-12)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from django_bearer import issue_session
from django_bearer.http import https
from django_bearer.http.https import (
    FORWARDED_HEADERS,
    RequestTransport,
    Transport,
    TransportState,
    classify_transport,
)
from django_bearer.models import Session
from django_bearer.primitives import clock

PUBLIC = "8.8.8.8"
"""A public address as a text; nothing is ever sent to it."""
PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)


def wire(is_secure: bool = False, seen: bool = True, plain: tuple[Any, ...] = (), **meta: str) -> Transport:
    return classify_transport(RequestTransport(is_secure, {"REMOTE_ADDR": PUBLIC, **meta}, plain, PROXIES, seen))


def test_https_is_secure_whatever_the_headers_say() -> None:
    assert wire(is_secure=True, HTTP_X_FORWARDED_PROTO="http") is Transport.SECURE


def test_public_peer_without_proxy_headers_after_https_was_seen_is_sure() -> None:
    assert wire() is Transport.SURE


def test_before_https_was_ever_seen_nothing_is_sure() -> None:
    assert wire(seen=False) is Transport.UNKNOWN


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "192.168.1.1", "172.16.0.1", "::1", "fe80::1", "", "not an address"]
)
def test_private_loopback_and_socket_peers_are_never_sure(address: str) -> None:
    assert wire(REMOTE_ADDR=address) is Transport.UNKNOWN


@pytest.mark.parametrize("name", FORWARDED_HEADERS)
def test_any_trace_of_an_unknown_proxy_makes_it_unsure(name: str) -> None:
    assert wire(**{name: "x"}) is Transport.UNKNOWN


def test_a_trusted_proxy_that_says_http_is_believed() -> None:
    assert wire(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO="http") is Transport.SURE
    assert wire(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO="https") is Transport.UNKNOWN
    assert wire(REMOTE_ADDR="10.0.0.1") is Transport.UNKNOWN


def test_plain_http_is_allowed_from_named_networks_only() -> None:
    named = (ipaddress.ip_network("8.8.8.0/24"),)
    assert wire(plain=named) is Transport.ALLOWED
    assert wire(plain=named, REMOTE_ADDR="8.8.4.4") is Transport.SURE


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds go by."""
    now = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def test_no_token_is_revoked_after_five_in_a_minute(later: Callable[[float], None]) -> None:
    state = TransportState()
    assert [state.may_revoke(str(user)) for user in range(7)] == [True] * 5 + [False] * 2
    later(61)
    assert state.may_revoke("8")


def test_nobody_uses_up_the_limit_with_tokens_of_their_own(later: Callable[[float], None]) -> None:
    state = TransportState()
    assert [state.may_revoke("eve") for _ in range(20)] == [True] * 5 + [False] * 15
    assert state.may_revoke("ann")
    later(61)
    assert [state.may_revoke(name) for name in ("eve", "bob", "cid", "dan", "fay", "gus")] == [True] * 6


def test_few_users_are_remembered(later: Callable[[float], None]) -> None:
    state = TransportState()
    for user in range(5000):
        state.may_revoke(str(user))
        later(1)
    assert len(state._revoked) <= 300


def test_token_on_sure_plain_http_is_refused_and_costs_its_jti_only(ann: Any) -> None:
    client, issued = Client(), issue_session(ann)
    headers = {"Authorization": f"Bearer {issued.access_token}"}
    assert client.get("/plain/", headers=headers, secure=True).status_code == 200
    exposed = client.get("/plain/", headers=headers, REMOTE_ADDR=PUBLIC)
    assert (exposed.status_code, exposed.json()["code"]) == (400, "insecure_transport")
    assert client.get("/plain/", headers=headers, secure=True).status_code == 401
    assert Session.objects.get().revoked_at is None


def test_refresh_token_on_sure_plain_http_costs_its_session(ann: Any) -> None:
    client, issued = Client(), issue_session(ann)
    https.state.seen = True
    body = {"refresh_token": issued.refresh_token}
    exposed = client.post("/auth/refresh/", body, content_type="application/json", REMOTE_ADDR=PUBLIC)
    assert exposed.json()["code"] == "insecure_transport"
    assert Session.objects.get().revoked_cause == "plain_http"


def test_unsure_plain_http_is_refused_and_costs_nothing(ann: Any) -> None:
    client, issued = Client(), issue_session(ann)
    https.state.seen = True
    headers = {"Authorization": f"Bearer {issued.access_token}"}
    refused = client.get("/plain/", headers=headers, REMOTE_ADDR="10.0.0.1")
    assert (refused.status_code, refused.json()["code"]) == (400, "transport_unknown")
    assert client.get("/plain/", headers=headers, secure=True).status_code == 200


def test_refusal_comes_before_any_redirect(ann: Any, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    headers = {"Authorization": "Bearer x.y.z"}
    assert Client().get("/who/", headers=headers, REMOTE_ADDR=PUBLIC).status_code == 400
    assert Client().get("/who/", REMOTE_ADDR=PUBLIC).status_code == 301


def test_password_over_plain_http_is_refused_unread(ann: Any) -> None:
    body = {"username": "ann@example.com", "password": "x"}
    refused = Client().post("/auth/login/", body, content_type="application/json", REMOTE_ADDR=PUBLIC)
    assert refused.json()["code"] == "transport_unknown"


def test_limit_keeps_sessions_alive_when_everything_looks_plain(ann: Any) -> None:
    https.state.seen = True
    for _ in range(8):
        body = {"refresh_token": issue_session(ann).refresh_token}
        Client().post("/auth/refresh/", body, content_type="application/json", REMOTE_ADDR=PUBLIC)
    assert Session.objects.filter(revoked_at__isnull=True).count() == 3


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"refresh_token": "%s", "client_id": "nobody"}', "application/json"),
        ('{"refresh_token": "%s", "client_id": 7}', "application/json"),
        ('{"refresh_token": "%s", "refresh_token": "x"}', "application/json"),
        ('{"refresh_token": ["%s"]}', "application/json"),
        ('{"refresh_token": "%s", "retry_key": 1}', "application/json"),
        ('{"refresh_token": "%s"', "application/json"),
        ("refresh_token=%s", "application/x-www-form-urlencoded"),
        ("%s", "text/plain"),
    ],
)
@pytest.mark.parametrize("path", ["refresh", "logout", "verify", "revoke"])
@pytest.mark.parametrize("at", ["/auth", "/drf-auth"])
def test_an_exposed_token_ends_its_session_whatever_else_is_wrong(
    at: str, path: str, body: str, kind: str, ann: Any
) -> None:
    token = issue_session(ann).refresh_token
    https.state.seen = True
    exposed = Client().post(f"{at}/{path}/", body % token, content_type=kind, REMOTE_ADDR=PUBLIC)
    assert exposed.json()["code"] == "insecure_transport"
    assert Session.objects.get().revoked_cause == "plain_http"


@pytest.mark.parametrize(
    ("header", "query"), [("Bearer {0}, Bearer {1}", ""), ("Bearer {0}", "?access_token=x"), ("Bearer {0} {1}", "")]
)
def test_exposed_tokens_are_revoked_though_they_are_ambiguous(header: str, query: str, ann: Any) -> None:
    tokens = [issue_session(ann).access_token for _ in range(2)]
    https.state.seen = True
    exposed = Client().get(f"/plain/{query}", headers={"Authorization": header.format(*tokens)}, REMOTE_ADDR=PUBLIC)
    assert exposed.json()["code"] == "insecure_transport"
    for token in tokens[: header.count("{")]:
        assert Client().get("/plain/", headers={"Authorization": f"Bearer {token}"}, secure=True).status_code == 401


def test_what_is_refused_over_https_costs_no_token(ann: Any) -> None:
    token = issue_session(ann).refresh_token
    body = {"refresh_token": token, "client_id": "nobody"}
    answer = Client().post("/auth/refresh/", body, content_type="application/json", secure=True)
    assert answer.json()["code"] == "unknown_client"
    assert Session.objects.get().revoked_at is None


def test_a_dead_token_sent_again_and_again_does_not_use_up_the_limit(ann: Any, django_user_model: Any) -> None:
    dead, other = issue_session(ann), issue_session(django_user_model.objects.create_user("bob"))
    https.state.seen = True
    for token in [dead.refresh_token] * 20 + [other.refresh_token]:
        body = {"refresh_token": token}
        Client().post("/auth/refresh/", body, content_type="application/json", REMOTE_ADDR=PUBLIC)
    assert Session.objects.filter(revoked_cause="plain_http").count() == 2


def test_ones_own_tokens_do_not_use_up_the_limit_of_others(ann: Any, django_user_model: Any) -> None:
    other = issue_session(django_user_model.objects.create_user("bob"))
    https.state.seen = True
    for token in [*(issue_session(ann).refresh_token for _ in range(8)), other.refresh_token]:
        body = {"refresh_token": token}
        Client().post("/auth/refresh/", body, content_type="application/json", REMOTE_ADDR=PUBLIC)
    assert Session.objects.get(pk=other.session_id).revoked_cause == "plain_http"
