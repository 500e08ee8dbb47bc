"""Sentences of SECURITY.md that no other test is about; `tests/architecture/test_security_promises.py` has all."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from django.contrib.auth import get_user_model
from django.db import connections, router
from django.test import Client

from django_bearer import issue_session, refresh_session, revoke_token
from django_bearer.checks import configuration
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.primitives.encoding import base64url_encode
from django_bearer.rate_limits import limiter, rules
from tests.token_clients import OTHER_SECRET, SECRET, alive, ask, basic, bearer, configured

pytestmark = pytest.mark.django_db(transaction=True)
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def other_signature(token: str) -> str:
    """The second signature over the same bytes that ECDSA allows: s is replaced by n - s."""
    head, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    assert decode_dss_signature(encode_dss_signature(r, s)) == (r, s)
    return f"{head}.{base64url_encode(r.to_bytes(32, 'big') + (P256_ORDER - s).to_bytes(32, 'big'))}"


def test_the_second_signature_says_the_same_and_is_revoked_with_the_first(ann: Any) -> None:
    token = issue_session(ann).access_token
    twin = other_signature(token)
    assert twin != token
    assert alive(twin)
    revoke_token(token)
    assert not alive(twin)


def test_whoever_has_an_access_token_reads_its_claims(ann: Any) -> None:
    """A JWT is signed, not encrypted (RFC 7519 section 12)."""
    payload = issue_session(ann).access_token.split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["sub"] == str(getattr(ann, "public_id", ann.pk))


def test_a_window_lets_at_most_twice_its_rate_through_in_its_length(db: None) -> None:
    """Asked every minute of four hours: as much as gets through in any one hour."""
    rate, let_through = 10, []
    bucket = rules.bucket("promise", rules.conf.current().login_rate_limits["address_account"], "x")
    with clock.frozen():
        for minute in range(240):
            for _ in range(3):
                if not limiter.admit([bucket]):
                    let_through.append(minute)
            clock.advance(60)
    most = max(sum(start <= minute < start + 60 for minute in let_through) for start in range(180))
    assert rate <= most <= 2 * rate


def test_another_database_than_those_named_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "oracle")
    [found] = configuration.check_database(None)
    assert (found.id, found.is_serious()) == ("bearer.E004", True)


def test_no_session_is_read_from_a_replica(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A router that sends reads elsewhere is not asked where a session or its user is."""

    class Reads:
        def db_for_read(self, model: Any, **hints: Any) -> str:
            raise AssertionError(f"{model} was read from a replica")

        def db_for_write(self, model: Any, **hints: Any) -> str:
            return "default"

    issued = issue_session(ann)
    monkeypatch.setattr(router, "routers", [Reads()])
    assert Client().get("/drf/", headers=bearer(issued.access_token)).status_code == 200
    assert refresh_session(issued.refresh_token or "").access_token


def test_who_writes_the_database_makes_sessions_longer_and_takes_accounts(ann: Any) -> None:
    issued = issue_session(ann)
    month = 30 * 86_400 * clock.SECOND
    Session.objects.update(idle_ends_at=clock.now() + 3 * month, ends_at=clock.now() + 3 * month)
    clock.advance(2 * 30 * 86_400)
    assert refresh_session(issued.refresh_token or "").rotated
    mine = get_user_model()(password="")
    mine.set_password("of the one who writes")
    get_user_model()._base_manager.filter(pk=ann.pk).update(password=mine.password)
    body = {"username": "ann@example.com", "password": "of the one who writes"}
    assert Client().post("/auth/login/", body, content_type="application/json").status_code == 200


def test_a_view_that_names_no_scope_takes_every_token_of_the_user(ann: Any) -> None:
    token = issue_session(ann, scope=["notes:read"]).access_token
    assert Client().get("/plain/", headers=bearer(token)).status_code == 200
    assert Client().get("/plain-scope/", headers=bearer(token)).status_code == 403


@pytest.mark.parametrize(("client", "secret"), [("backend", OTHER_SECRET), ("billing", SECRET)])
def test_a_clients_secret_alone_gets_no_token(client: str, secret: Any, ann: Any) -> None:
    with configured():
        headers = basic(client, secret.text)
        for path, body in (
            ("/auth/login/", {}),
            ("/auth/login/", {"username": "ann@example.com", "password": "guess"}),
            ("/auth/refresh/", {}),
            ("/auth/refresh/", {"refresh_token": "guess"}),
        ):
            answer = ask(path, json.dumps(body), **headers)
            assert answer.status_code in (400, 401, 403)
            assert "access_token" not in answer.json()
    assert not Session.objects.exists()
