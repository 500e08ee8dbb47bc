"""API tokens by command: the token alone on standard output, once."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_bearer import authenticate_token, is_token_revoked


def run(*words: str) -> tuple[str, str]:
    out, told = StringIO(), StringIO()
    call_command("bearer_api_token", *words, stdout=out, stderr=told)
    return out.getvalue(), told.getvalue()


CREATE = ("create", "--name", "nightly", "--days", "30", "--scope", "notes:read")


def test_a_service_is_made_when_it_is_first_named(db: None) -> None:
    out, told = run(*CREATE, "--service", "backup")
    token = out.strip()
    assert authenticate_token(token).user.name == "backup"
    assert "shown this once" in told
    assert token not in told
    listed, _ = run("list", "--service", "backup")
    assert "service backup  'nightly'  notes:read" in listed
    assert token not in listed


def test_names_are_printed_as_text(db: None) -> None:
    name = "backup\n\x1b]0;title\x07\u202e"
    run(*CREATE, "--service", name)
    said = run("list")[0] + run("disable", "--service", name)[0] + run("enable", "--service", name)[0]
    assert said.count("backup\\n\\x1b]0;title\\x07\\u202e") == 3
    assert said.count("\n") == 3
    assert not {"\x1b", "\x07", "\u202e"} & set(said)


def test_a_users_token(ann: Any) -> None:
    token = run(*CREATE, "--user", ann.get_username())[0].strip()
    assert authenticate_token(token).user == ann
    assert f"user {ann.pk}" in run("list", "--user", ann.get_username())[0]


def test_revoked_by_id_and_refused_at_once(db: None) -> None:
    token = run(*CREATE, "--service", "backup")[0].strip()
    name = run("list")[0].split()[0]
    run("revoke", name)
    assert is_token_revoked(token)
    assert run("list")[0] == ""
    with pytest.raises(CommandError, match="No API token"):
        run("revoke", name)


def test_a_service_is_disabled_and_enabled(db: None) -> None:
    token = run(*CREATE, "--service", "backup")[0].strip()
    run("disable", "--service", "backup")
    assert is_token_revoked(token)
    run("enable", "--service", "backup")
    assert not is_token_revoked(token)


@pytest.mark.parametrize(
    "words",
    [
        CREATE,
        (*CREATE, "--user", "ann", "--service", "x"),
        ("create", "--service", "x"),
        ("create", "--service", "x", "--name", "y"),
        (*CREATE, "--user", "nobody"),
        ("revoke", "what"),
        ("disable", "--service", "nobody"),
        ("create", "--service", "x", "--name", "y", "--days", "9999"),
    ],
)
def test_what_is_missing_is_said(words: tuple[str, ...], db: None) -> None:
    with pytest.raises(CommandError):
        run(*words)
