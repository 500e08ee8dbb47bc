"""What tokens cost the database: no row per refresh, one statement per request, none for a malformed token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from django_bearer import IssuedTokens, decode_token, issue_session, refresh_session
from django_bearer.keys.key import Key
from django_bearer.primitives import clock
from django_bearer.primitives.encoding import base64url_encode
from django_bearer.sessions.rotation_rules import MIN_ROTATION_INTERVAL
from django_bearer.sessions.verification import SKEW, clear_signature_cache
from django_bearer.tokens.jws import sign
from django_bearer.tokens.opaque_format import assemble
from django_bearer.tokens.refresh_token import read

DUE = MIN_ROTATION_INTERVAL / clock.SECOND + 1


@pytest.fixture
def issued(transactional_db: None, ann: Any) -> IssuedTokens:
    """A session in a process that has seen its key ring, and nothing else."""
    found = issue_session(ann)
    clear_signature_cache()
    return found


def rows() -> dict[str, int]:
    return {
        model.__name__: model._default_manager.count() for model in apps.get_app_config("django_bearer").get_models()
    }


def statements(work: Callable[[], object], alias: str = "default") -> list[str]:
    with CaptureQueriesContext(connections[alias]) as captured:
        work()
    return [query["sql"] for query in captured.captured_queries]


def get(path: str, token: str) -> int:
    return Client().get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def refresh(token: str) -> int:
    reply = Client().post("/auth/refresh/", {"refresh_token": token}, content_type="application/json")
    return reply.status_code


def test_thousand_refreshes_leave_no_row_and_cost_two_statements_each(issued: IssuedTokens) -> None:
    before, token = rows(), issued.refresh_token or ""
    with CaptureQueriesContext(connection) as captured:
        for _ in range(1000):
            token = refresh_session(token).refresh_token or ""
            clock.advance(DUE)
    assert read(token).token.generation == 1000
    assert rows() == before
    # Django keeps the last 9,000 statements, so that none of these was dropped.
    assert len(captured.captured_queries) == 2000
    assert all('"django_bearer_session"' in query["sql"] for query in captured.captured_queries)


def test_refresh_over_http_is_one_read_and_one_write(issued: IssuedTokens) -> None:
    made = statements(lambda: refresh(issued.refresh_token or ""))
    assert [sql.split()[0] for sql in made] == ["SELECT", "UPDATE"]


@pytest.mark.parametrize("path", ["/plain/", "/drf/", "/drf-scope/"])
def test_authenticated_request_is_one_statement_in_all(issued: IssuedTokens, path: str) -> None:
    assert get(path, issued.access_token) == 200  # the first use of a session is noted, once in its lifetime
    clear_signature_cache()
    for _ in range(2):  # whether the signature was checked or remembered
        made = statements(lambda: get(path, issued.access_token))
        assert len(made) == 1, made


def test_every_database_is_asked_as_little(database: str) -> None:
    found = issue_session(get_user_model().objects.create_user("ann"))
    assert get("/drf/", found.access_token) == 200  # the first use of a session is noted, once in its lifetime
    assert len(statements(lambda: get("/drf/", found.access_token), database)) == 1
    assert len(statements(lambda: refresh(found.refresh_token or ""), database)) == 2


def flipped(token: str, at: int) -> str:
    other = "A" if token[at] != "A" else "B"
    return token[:at] + other + token[at + 1 :]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "garbage",
        lambda token: "a.b.c",
        lambda token: "x" * 9000,
        lambda token: flipped(token, 12),
        lambda token: flipped(token, len(token) // 2),
        lambda token: flipped(token, len(token) - 20),
        lambda token: token.rpartition(".")[0] + ".",
    ],
)
def test_noise_in_the_header_costs_no_statement(issued: IssuedTokens, spoil: Callable[[str], str]) -> None:
    bad = spoil(issued.access_token)
    assert statements(lambda: get("/plain/", bad)) == []
    assert get("/plain/", bad) in (400, 401)


def test_expired_token_costs_no_statement(issued: IssuedTokens) -> None:
    assert get("/drf/", issued.access_token) == 200
    clock.advance(issued.expires_in + SKEW)
    assert statements(lambda: get("/drf/", issued.access_token)) == []
    assert get("/drf/", issued.access_token) == 401


def test_strange_keys_cost_two_statements_a_second_together(issued: IssuedTokens) -> None:
    claims = decode_token(issued.access_token).payload()
    strange = [sign(claims, Key.generate("ES256"), "at+jwt") for _ in range(5)]
    made = statements(lambda: [get("/drf/", token) for token in strange])
    assert len(made) <= 2, "the ring is read again once: its version and its rows"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "garbage",
        lambda token: token[:-1],
        lambda token: flipped(token, 60),
        lambda token: flipped(token, len(token) - 1),
        lambda token: token.replace("djb_rt_", "djb_at_"),
    ],
)
def test_noise_at_refresh_costs_no_statement(issued: IssuedTokens, spoil: Callable[[str], str]) -> None:
    bad = spoil(issued.refresh_token or "")
    assert statements(lambda: refresh(bad)) == []
    assert refresh(bad) == 401


def test_forged_mac_with_a_right_checksum_costs_no_statement(issued: IssuedTokens) -> None:
    presented = read(issued.refresh_token or "")
    bad = assemble("rt", base64url_encode(presented.signed + bytes(32)))
    assert read(bad).token == presented.token
    assert statements(lambda: refresh(bad)) == []
    assert refresh(bad) == 401
