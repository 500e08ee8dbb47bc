"""Repeated Authorization lines as servers hand them over: joined by a comma (RFC 9110 section 5.3)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from django_bearer.errors import Failure, MultipleCredentials
from django_bearer.http.bearer_header import MAX_HEADER, TokenSources, read


@pytest.mark.parametrize(
    "header",
    [
        *("Bearer a,Bearer b", "Bearer a, DPoP b", "Basic x,Bearer y", 'Digest a="x", bearer y'),
        *("Basic x,\tBearer y", "Basic x,Bearer"),
    ],
)
def test_two_credentials_in_one_field_are_refused(header: str) -> None:
    """BR-03."""
    outcome = read(TokenSources((header,)))
    assert isinstance(outcome, Failure)
    assert outcome.error is MultipleCredentials


@pytest.mark.parametrize("header", ['Digest realm="a, bearer b", qop=auth', "Digest a=1, bearerx=2", "Basic a,b"])
def test_another_scheme_with_commas_of_its_own_is_left_alone(header: str) -> None:
    assert read(TokenSources((header,))) is None


@pytest.mark.parametrize(
    "header", ["bearer" + " " * 8000, ", bearer" * 1000, ",\t" * 4000, '"' * 7999, "bearer a" * 900]
)
def test_no_header_makes_the_search_slow(header: str) -> None:
    """BR-14: whatever fits in a header is searched in one pass; quadratic time would take seconds here."""
    assert len(header) <= MAX_HEADER
    began = time.process_time()
    read(TokenSources((header,)))
    assert time.process_time() - began < 0.1


def test_the_answer_to_joined_lines_is_400(client: Any) -> None:
    """BR-08."""
    answer = client.get("/plain/", secure=True, headers={"Authorization": "Bearer a,Bearer b"})
    assert (answer.status_code, answer.json()["code"]) == (400, "multiple_credentials")
