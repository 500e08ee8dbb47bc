"""Refusals (RFC 6750 section 3; BR-06 to BR-10)."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.test import Client

from django_bearer import errors, issue_session
from django_bearer.http.challenge import body, challenge, headers
from tools.support.error_classes import error_classes

REFUSALS = error_classes(errors.HTTPRefusal)[1:]


@pytest.mark.parametrize("error", REFUSALS)
def test_challenge_keeps_to_the_grammar(error: type[errors.HTTPRefusal]) -> None:
    value = challenge(error, ["notes:read"])
    names = re.findall(r'(\w+)="([^"\\]*)"', value)
    assert value == "Bearer " + ", ".join(f'{name}="{text}"' for name, text in names)
    assert len({name for name, _ in names}) == len(names)
    assert all(re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", text) for _, text in names)


@pytest.mark.parametrize(
    "text", ["Bitte bestätigen.", "a\r\nSet-Cookie: x=y", 'say "no"', "back\\slash", "\u2026", ""]
)
def test_error_of_a_project_keeps_to_the_grammar_too(text: str) -> None:
    """BR-09: a subclass may describe itself in any language; the body has it whole."""

    class Own(errors.InvalidToken):
        code = "own"
        description = text

    found = challenge(Own)
    assert re.fullmatch(
        r'Bearer realm="api", error="invalid_token", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]*"', found
    )
    assert body(Own())["error_description"] == text


def test_no_error_where_nothing_was_sent() -> None:
    assert challenge(errors.NotAuthenticated) == challenge(None) == 'Bearer realm="api"'


@pytest.mark.parametrize("error", REFUSALS)
def test_every_401_has_a_challenge_and_nothing_is_stored(error: type[errors.HTTPRefusal]) -> None:
    found = headers(error("why"))
    assert found["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in found) or error.status != 401


def test_scope_is_named_to_who_lacks_it(ann: Any) -> None:
    token = issue_session(ann, scope=["notes:read"]).access_token
    for path in ("/plain-scope/", "/drf-scope/"):
        found = Client().get(path, headers={"Authorization": f"Bearer {token}"})
        assert (found.status_code, found.json()["code"]) == (403, "insufficient_scope")
        assert 'error="insufficient_scope"' in found["WWW-Authenticate"]


def test_reason_is_in_the_debug_log_under_the_id_of_the_answer(ann: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG, "django_bearer.debug")
    found = Client().get("/plain/", headers={"Authorization": "Bearer a.b.c"})
    (record,) = [record for record in caplog.records if record.name == "django_bearer.debug"]
    assert found["X-Request-Id"] in record.getMessage()
    assert "base64url" in record.getMessage()
    assert "base64url" not in found.content.decode()
