"""The verify endpoint uses the authentication of views, so both give the same result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from django_bearer import TokenVerifyView, revoke_token
from django_bearer.primitives import clock
from tests.token_clients import BILLING, PREFIXES, alive, ask, configured, issue


@pytest.fixture(autouse=True)
def clients() -> Iterator[None]:
    with configured():
        yield


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_valid_token_and_its_remaining_lifetime(prefix: str, ann: Any) -> None:
    with clock.frozen():
        issued = issue(ann)
        clock.advance(100)
        found = ask(f"{prefix}/verify/", {"token": issued.access_token})
    assert (found.status_code, found["Cache-Control"]) == (200, "no-store")
    assert found.json()["active"] is True
    assert 199 <= found.json()["expires_in"] <= 200


@pytest.mark.parametrize("prefix", PREFIXES)
def test_whatever_a_view_refuses_is_refused_here(prefix: str, ann: Any) -> None:
    with clock.frozen():
        revoked, expired, foreign, issued = issue(ann), issue(ann), issue(ann, "phone", BILLING), issue(ann)
        revoke_token(revoked.access_token)
        for token in (revoked.access_token, foreign.access_token, issued.refresh_token or "", "x", "a.b.c"):
            assert not alive(token)
            found = ask(f"{prefix}/verify/", {"token": token})
            assert (found.status_code, found.json()["code"]) == (401, "invalid_token")
        clock.advance(301)
        assert ask(f"{prefix}/verify/", {"token": expired.access_token}).status_code == 401


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": []}, {"token": None}, {"token": "x" * 9000}])
def test_a_missing_token_is_a_clear_400(prefix: str, body: Any, db: Any) -> None:
    assert ask(f"{prefix}/verify/", body).json()["code"] == "invalid_request"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_post_only(prefix: str, db: Any) -> None:
    found = Client().get(f"{prefix}/verify/")
    assert (found.status_code, found["Allow"].split(",")[0]) == (405, "POST")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_address_that_asks_too_often_waits(prefix: str, db: Any) -> None:
    with clock.frozen(), configured(TOKEN_RATE_LIMITS={"verify": "2/minute"}):
        assert [ask(f"{prefix}/verify/", {"token": "x"}).status_code for _ in range(3)] == [401, 401, 429]


def test_the_view_is_public() -> None:
    assert TokenVerifyView.as_view()
