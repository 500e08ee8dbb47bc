"""The `bearer` fixture, used as projects use it."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIRequestFactory, force_authenticate

from django_bearer import conf, refresh_session
from django_bearer.errors import SessionEnded
from django_bearer.models import SigningKey
from django_bearer.primitives import clock
from django_bearer.testing import Bearer
from tests.urls import BILLING, Drf, DrfScope


def test_clients_are_logged_in(bearer: Any, ann: Any) -> None:
    assert bearer.client(ann).get("/who/").json() == {"user": "ann@example.com", "auth": True}
    assert bearer.api_client(ann).get("/drf/").status_code == 200
    asked = async_to_sync(bearer.async_client(ann).get)
    assert asked("/who/").json() == {"user": "ann@example.com", "auth": True}
    assert bearer.client(ann, scope=["notes:read"]).get("/plain-scope/").status_code == 403
    assert bearer.client(ann, scope=["notes:write"]).get("/plain-scope/").status_code == 200


def test_keys_come_from_memory(bearer: Any, ann: Any) -> None:
    bearer.login(ann)
    assert not SigningKey.objects.exists()


def test_the_clock_stops_and_moves(bearer: Any, ann: Any) -> None:
    client = bearer.client(ann)
    bearer.freeze()
    assert clock.now() == clock.now()
    bearer.advance(299)
    assert client.get("/plain/").status_code == 200
    bearer.advance(1)
    assert client.get("/plain/").status_code == 401


def test_events_are_heard(bearer: Any, ann: Any) -> None:
    token = bearer.login(ann).refresh_token
    refresh_session(token)
    bearer.advance(11)
    with pytest.raises(SessionEnded):
        refresh_session(token)
    [event] = bearer.events_of("authn_token_reuse")
    assert event.details == {"cause": "stale_predecessor"}


def test_force_authenticate_with_a_principal(bearer: Any, ann: Any) -> None:
    def ask(view: Any, token: Any = None) -> int:
        request = APIRequestFactory().get("/")
        force_authenticate(request, ann, token)
        return int(view.as_view()(request).status_code)

    assert ask(Drf) == 200
    assert ask(DrfScope) == 403
    assert ask(DrfScope, bearer.principal(ann)) == 200


def test_a_token_for_another_api(bearer: Any, ann: Any) -> None:
    clients = {"phone": {"kind": "native", "audiences": [BILLING]}}
    with override_settings(BEARER={**settings.BEARER, "CLIENTS": clients}):
        assert bearer.client(ann, client_id="phone").get("/billing/").status_code == 200
        assert bearer.client(ann, client_id="phone").get("/plain/").status_code == 401
        assert bearer.principal(ann, client_id="phone").claims.aud == BILLING


def test_nothing_of_it_stays(ann: Any) -> None:
    with Bearer() as bearer:
        bearer.advance(100)
        bearer.freeze()
        bearer.login(ann)
        assert conf.current().key_storage == "memory"
    assert conf.current().key_storage == "database"
    assert clock.seen(0) == 0
    assert bearer.client(ann).get("/plain/").status_code == 200
    assert bearer.events == []
