"""A client's id and secret in a Basic header (RFC 6749 section 2.3.1, RFC 7617)."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer.http.client_credentials import Named, read


def basic(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    return "Basic " + base64.b64encode(raw).decode()


def test_both_halves_are_form_encoded() -> None:
    assert read(basic("billing:djb_cs_x")) == Named("billing", "djb_cs_x")
    assert read(basic("a%3Ab:c%2Bd+e")) == Named("a:b", "c+d e")
    assert read(basic("a:b:c")) == Named("a", "b:c")


def test_the_scheme_compares_without_case() -> None:
    assert read(basic("a:b").replace("Basic", "bAsIC")) == Named("a", "b")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Bearer abc",
        basic("no colon"),
        "Basic !!!!",
        basic(b"\xff:\xff"),
        basic("a:" + "b" * 2000),
    ],
)
def test_anything_else_names_nobody(header: str) -> None:
    assert read(header) is None


@given(st.text(max_size=1200))
def test_no_text_is_an_accident(text: str) -> None:
    for header in (text, "Basic " + text):
        found = read(header)
        assert found is None or isinstance(found, Named)


def test_the_secret_is_in_no_repr() -> None:
    assert "djb_cs_x" not in repr(read(basic("billing:djb_cs_x")))
