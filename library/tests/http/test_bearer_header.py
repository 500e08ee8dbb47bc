"""Finding the token: one header, and nowhere else (RFC 6750 section 2; BR-01 to BR-05, BR-14)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.errors import Failure, InvalidRequest, InvalidToken, MultipleCredentials
from django_bearer.http import bearer_header
from django_bearer.http.bearer_header import MAX_HEADER, Bearer, TokenSources, read


def header(*lines: str, **members: object) -> Bearer | Failure | None:
    return read(TokenSources(authorization=lines, **members))  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_scheme_compares_without_case_and_token_with(scheme: str) -> None:
    assert header(f"{scheme} aB.c-_~+/=") == Bearer("aB.c-_~+/=")


@pytest.mark.parametrize("line", ["", "   ", "Basic eA==", "Token abc", "DPoP abc", "Bearerabc", "Bearer\tabc"])
def test_what_is_no_bearer_credential_is_none(line: str) -> None:
    assert header(line) is None


@pytest.mark.parametrize("rest", ["", " ", " a b", ' "a"', " a;b", " é", " a\x00", " a\nb", " =a", " \u200ba"])
def test_bad_token_is_refused_as_invalid_token(rest: str) -> None:
    found = header("Bearer" + rest)
    assert isinstance(found, Failure)
    assert found.error is InvalidToken


def test_two_headers_are_refused_though_one_is_of_another_scheme() -> None:
    for lines in (("Bearer a", "Bearer a"), ("Bearer a", "Basic eA==")):
        found = header(*lines)
        assert isinstance(found, Failure)
        assert found.error is MultipleCredentials


@pytest.mark.parametrize(
    "query", ["access_token=x", "a=1&access_token=", "access%5Ftoken=x", "%61ccess_token=x", "access_token"]
)
def test_second_token_in_query_or_form_is_refused_however_spelled(query: str) -> None:
    for members in ({"query": query}, {"form": query.encode()}):
        found = header("Bearer abc", **members)
        assert isinstance(found, Failure)
        assert found.error is MultipleCredentials


def test_token_in_query_or_form_alone_is_not_seen() -> None:
    assert read(TokenSources(query="access_token=abc", form=b"access_token=abc")) is None


def test_other_parameters_do_no_harm() -> None:
    assert header("Bearer abc", query="token=x&q=access_tokens&r=%20") == Bearer("abc")


def test_a_long_credential_of_another_scheme_is_none_of_ours() -> None:
    """A ticket of Kerberos with many groups."""
    assert header("Negotiate " + "A" * 4 * MAX_HEADER) is None
    assert isinstance(header("Negotiate " + "A" * 4 * MAX_HEADER + ", Bearer abc"), Failure)


def test_oversized_header_is_refused_unread() -> None:
    found = header("Bearer " + "a" * MAX_HEADER)
    assert isinstance(found, Failure)
    assert found.error is InvalidRequest


def test_token_is_not_in_the_repr() -> None:
    assert "abc" not in repr(header("Bearer abc"))


PARTS = (
    "Bearer",
    "bearer",
    " ",
    "  ",
    "\t",
    "\n",
    ",",
    "a",
    "Zz.09-_~+/",
    "=",
    "==",
    "é",
    "\x00",
    '"',
    "Basic",
    "x" * 9000,
)


@given(st.lists(st.sampled_from(PARTS), max_size=6).map("".join), st.sampled_from(("", "access_token=x", "a=%61")))
def test_the_usual_header_is_read_as_every_other(line: str, query: str) -> None:
    quick = header(line, query=query)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bearer_header, "of_usual_form", lambda line: None)
        assert header(line, query=query) == quick
