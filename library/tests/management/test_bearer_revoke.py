"""Tokens that somebody hands in: each is named and ended, whatever became of it, and none is shown (RFC 7009)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from django_bearer import (
    IssuedTokens,
    authenticate_token,
    errors,
    is_token_revoked,
    issue_api_token,
    issue_session,
    refresh_session,
    revoke_session,
)
from django_bearer.api_tokens.issue_and_revoke import service_account
from django_bearer.database import signing_keys
from django_bearer.keys.keyring import KeyState
from django_bearer.management.found_tokens import tokens_in
from django_bearer.models import ApiToken, RevokedToken, SecurityEventRecord, Session
from django_bearer.primitives import clock
from django_bearer.sessions import key_rotation
from django_bearer.sessions.handover_redemption import SOURCE_SESSION
from django_bearer.sessions.verification import clear_signature_cache
from django_bearer.tokens import api_token

ISSUER = "https://api.example.com"


@pytest.fixture
def handed_in(tmp_path: Path) -> Any:
    """The command over a file with these lines: what it said on standard output, and its error."""

    def run(lines: Sequence[str], *words: str) -> tuple[str, str]:
        file = tmp_path / "tokens.txt"
        file.write_text("\n".join(lines))
        out, error = StringIO(), ""
        try:
            call_command("bearer_revoke", str(file), *words, stdout=out)
        except CommandError as raised:
            error = str(raised)
        assert not any(part in out.getvalue() + error for line in lines for part in [line] if len(line) > 40)
        return out.getvalue(), error

    return run


def is_live(issued: IssuedTokens) -> bool:
    return bool(Session.objects.get(pk=issued.session_id).revoked_at is None)


def causes() -> list[tuple[str, str]]:
    rows = SecurityEventRecord.objects.filter(details__has_key="cause").order_by("pk")
    return [(row.kind, row.details["cause"]) for row in rows]


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_session_ends_by_either_of_its_tokens(kind: str, ann: Any, handed_in: Any) -> None:
    issued, other = issue_session(ann), issue_session(ann)
    made = issue_api_token(ann, name="x", expires_in=3600, made_by_session=issued.session_id)
    token = getattr(issued, kind)
    said, error = handed_in([token], "--dry-run")
    assert "Its session would end. API tokens of this session that would end: 1." in said
    assert is_live(issued)
    assert not is_token_revoked(made.token)

    said, error = handed_in([token])
    assert error == ""
    assert said.startswith(
        f"line 1: {kind.replace('_', ' ')} of the user ann@example.com ({ann.pk}), client first-party"
    )
    assert f"issuer {ISSUER}, session {issued.session_id}. It was accepted until now." in said
    assert "Its session has ended now. API tokens of this session that ended: 1." in said
    assert is_token_revoked(issued.access_token)
    assert is_token_revoked(made.token)
    with pytest.raises(errors.SessionEnded):
        refresh_session(issued.refresh_token or "")
    assert is_live(other)
    assert causes() == [("authn_session_revoked", "leaked")]

    said, error = handed_in([token])
    assert error == ""
    assert "Refused already: the session was revoked (leaked). Its session had ended before." in said


def test_the_access_token_alone(ann: Any, handed_in: Any) -> None:
    issued = issue_session(ann)
    assert "It alone would be revoked." in handed_in([issued.access_token], "--token-only", "--dry-run")[0]
    assert not is_token_revoked(issued.access_token)
    said, error = handed_in([issued.access_token, issued.refresh_token], "--token-only", "--cause", "in a log")
    assert "line 1:" in said
    assert "It alone is revoked now. Its session goes on." in said
    assert "line 2:" in said
    assert "NOT ENDED: --token-only is for access tokens." in said
    assert error.startswith("Lines above with NOT ENDED: 1.")
    assert is_token_revoked(issued.access_token)
    assert causes() == [("authn_token_revoked", "in a log")]
    again = refresh_session(issued.refresh_token or "")
    assert not is_token_revoked(again.access_token)
    assert "It had been revoked before." in handed_in([issued.access_token], "--token-only")[0]
    clock.advance(600)
    assert "It has expired" in handed_in([again.access_token], "--token-only")[0]


def test_an_api_token_ends_alone(ann: Any, handed_in: Any) -> None:
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600)
    machine = issue_api_token(service_account("backup", create=True), name="x", expires_in=3600)
    assert handed_in([made.token, machine.token], "--dry-run")[0].count("It would be revoked.") == 2
    assert authenticate_token(made.token)
    said, error = handed_in([made.token, machine.token])
    assert error == ""
    assert f"API token of the user ann@example.com ({ann.pk}), issuer {ISSUER}, id {made.id}." in said
    assert "API token of the service account backup" in said
    assert said.count("It is revoked now.") == 2
    assert is_token_revoked(made.token)
    assert is_token_revoked(machine.token)
    assert is_live(issued)
    assert causes() == [("authn_api_token_revoked", "leaked")] * 2
    assert handed_in([made.token])[0].endswith("It had been revoked before.\n")


def test_an_expired_token_and_a_refresh_token_of_before_end_the_session(ann: Any, handed_in: Any) -> None:
    one, two = issue_session(ann), issue_session(ann)
    refresh_session(two.refresh_token or "")
    clock.advance(3600)
    said, error = handed_in([one.access_token, two.refresh_token])
    assert error == ""
    assert "Refused already: the token has expired. Its session has ended now." in said
    assert not is_live(one)
    assert not is_live(two)


def test_a_token_of_a_retired_key_and_one_of_a_key_that_is_gone(ann: Any, handed_in: Any) -> None:
    retired = issue_session(ann)
    key_rotation.activate(ISSUER, key_rotation.publish(ISSUER))
    assert "Its session has ended now." in handed_in([retired.access_token])[0]

    gone = issue_session(ann)
    [kid] = signing_keys.active(ISSUER)
    key_rotation.revoke(ISSUER, kid, "compromised")
    clear_signature_cache()
    said, error = handed_in([gone.access_token])
    assert f"No key of this server has the name that this token gives, '{kid}'." in said
    assert str(gone.session_id) in said
    assert error
    assert is_live(gone)
    assert KeyState.RETIRED in {key.state for key in signing_keys.stored(ISSUER)}


def test_every_issuer_is_searched(ann: Any, settings: Any, handed_in: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.BEARER = {**settings.BEARER, "ISSUER": lambda request: f"https://{request.get_host()}"}
    requests = [RequestFactory().get("/", headers={"Host": f"{host}.example.com"}) for host in ("one", "two")]
    issued = [issue_session(ann, request=request) for request in requests]
    made = issue_api_token(ann, name="x", expires_in=3600, request=requests[1])
    said, error = handed_in([issued[0].access_token, issued[1].refresh_token, made.token])
    assert error == ""
    assert "issuer https://one.example.com" in said
    assert said.count("issuer https://two.example.com") == 2
    assert not any(is_live(one) for one in issued)
    assert ApiToken.objects.get(pk=made.id).revoked_at


def test_tokens_are_found_in_lines_of_a_log_and_each_is_ended_once(ann: Any, handed_in: Any) -> None:
    issued = issue_session(ann)
    lines = [
        "",
        f'GET /?a=1 "Authorization: Bearer {issued.access_token}"',
        f'{{"t": "{issued.access_token}"}}',
        "hm",
    ]
    said, error = handed_in(lines)
    assert said.count("line ") == 1
    assert said.startswith("line 2: access token")
    assert "\nLines that contain no token: 1.\n" in said
    assert error == ""
    assert not is_live(issued)


def test_lines_without_a_token_are_counted_and_those_with_a_part_of_one_are_told(ann: Any, handed_in: Any) -> None:
    issued, noise = issue_session(ann), ["GET / 200"] * 3000
    said, error = handed_in([*noise, issued.access_token, issued.access_token.partition(".")[0], "djb_at_"])
    assert said.count("\n") == 5
    assert "Lines that contain no token: 3000." in said
    for number in (3002, 3003):
        assert f"line {number}: NOT ENDED: a token begins here" in said
    assert error.startswith("Lines above with NOT ENDED: 2.")
    assert not is_live(issued)
    assert "no token in what was given" in handed_in(noise)[1]


def test_a_log_that_is_too_long_is_told_how_to_shorten_and_that_works(ann: Any, tmp_path: Path) -> None:
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600)
    log = tmp_path / "server.log"
    lines = [f"GET / {issued.access_token}", f"token={made.token}&x", *["GET / 200 caf\xe9"] * 100_000]
    log.write_bytes("\n".join(lines).encode("latin-1"))
    with pytest.raises(CommandError, match="is longer than 1048576 bytes") as raised:
        call_command("bearer_revoke", str(log))
    subprocess.run(str(raised.value).partition("out of it: ")[2], shell=True, cwd=tmp_path, check=True)
    assert (tmp_path / "tokens.txt").stat().st_mode & 0o077 == 0
    out = StringIO()
    call_command("bearer_revoke", str(tmp_path / "tokens.txt"), stdout=out)
    assert out.getvalue().count("line ") == 2
    assert not is_live(issued)
    assert is_token_revoked(made.token)


def test_the_last_use_of_an_api_token_is_told(ann: Any, handed_in: Any) -> None:
    made = issue_api_token(ann, name="x", expires_in=3600)
    assert "No use of it is noted." in handed_in([made.token], "--dry-run")[0]
    ApiToken.objects.filter(pk=made.id).update(last_used_at=1_700_000_000_000_000, last_used_from="203.0.113.9")
    said, _ = handed_in([made.token])
    assert "The last use that is noted: 2023-11-14T22:13:20.000000Z from 203.0.113.9." in said


@pytest.mark.parametrize(
    "around",
    ["{}", "Bearer%20{}", "token={}&x=1", "It is {}.", "www.example.com/{}", "x.y.{}", '{{"a": "{}",', "<{}>"],
)
def test_a_token_is_found_whatever_stands_around_it(around: str, ann: Any) -> None:
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600)
    for token in (issued.access_token, issued.refresh_token or "", made.token):
        assert tokens_in(around.format(token)) == ([(1, token)], [], 0)


@pytest.mark.parametrize("text", ["eyJ" * 300_000, "eyJ." * 200_000, "djb_rt_" * 140_000, "." * 1_000_000])
def test_a_log_of_what_anybody_has_sent_is_read_at_once(text: str) -> None:
    """A search that grows with the square of the length would take hours."""
    tokens, _, _ = tokens_in(text)
    assert len(tokens) <= 1


def test_sessions_that_were_handed_over_are_told(ann: Any, handed_in: Any) -> None:
    issued, after = issue_session(ann), issue_session(ann)
    Session.objects.filter(pk=after.session_id).update(extras={SOURCE_SESSION: str(issued.session_id)})
    told = "Sessions that were handed over from it and go on: 1."
    assert told in handed_in([issued.access_token], "--dry-run")[0]
    assert told in handed_in([issued.access_token])[0]
    assert is_live(after)


def _wrong(ann: Any) -> dict[str, str]:
    """By what is said of each."""
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600)
    head, body, tail = issued.access_token.split(".")
    other = issue_session(ann).access_token.split(".")[1]
    refresh = issued.refresh_token or ""
    return {
        "This names a key of this server, which did not sign it as an access token": f"{head}.{other}.{tail}",
        "No token of this server has this form": f"{head}.{body[:-3]}.{tail}",
        "This begins as a refresh token does, and is damaged": refresh[:60] + "_-"[refresh[60] == "_"] + refresh[61:],
        "This begins as an API token does, and is damaged": made.token[:-1],
        "No API token of this server": replace(api_token.read(made.token), secret=bytes(32)).encode(),
        "No token of this server begins like this": "djb_zz_abc",
        "This is a remembered-device token": "djb_rd_abc",
    }


def test_a_wrong_token_ends_nothing_and_says_why(ann: Any, handed_in: Any) -> None:
    for said, token in _wrong(ann).items():
        told, error = handed_in([token])
        assert told.startswith(f"line 1: NOT ENDED: {said}"), said
        assert error
    assert not Session.objects.filter(revoked_at__isnull=False).exists()
    assert not ApiToken.objects.filter(revoked_at__isnull=False).exists()
    assert not RevokedToken.objects.exists()


def test_tokens_of_another_server_are_unknown(ann: Any, handed_in: Any) -> None:
    """As one that was copied from a test system, whose keys are others."""
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600)
    signing_keys.SigningKey.objects.all().delete()
    ApiToken.objects.all().delete()
    signing_keys.clear_cache()
    clear_signature_cache()
    said, error = handed_in([issued.access_token, issued.refresh_token, made.token])
    assert "No key of this server has the name" in said
    assert "No key of this server made this refresh token." in said
    assert "No API token of this server" in said
    assert error.startswith("Lines above with NOT ENDED: 3.")


def test_keys_that_cannot_be_read_stop_no_api_token(ann: Any, settings: Any, handed_in: Any) -> None:
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600)
    settings.SECRET_KEY = "another " * 10
    signing_keys.clear_cache()
    clear_signature_cache()
    said, error = handed_in([issued.access_token, made.token])
    assert "line 1: NOT ENDED: the keys of" in said
    assert "line 2: API token" in said
    assert error
    assert is_token_revoked(made.token)


def test_everything_of_a_user(ann: Any, django_user_model: Any) -> None:
    def run(*words: str) -> str:
        out = StringIO()
        call_command("bearer_revoke", "--user", ann.get_username(), *words, stdout=out)
        return out.getvalue()

    bob = django_user_model.objects.create_user("bob")
    issued, other, made = issue_session(ann), issue_session(bob), issue_api_token(ann, name="x", expires_in=3600)
    told = f"Everything of the user ann@example.com ({ann.pk})"
    assert run("--dry-run").startswith(f"{told} would end. Live sessions: 1. Valid API tokens: 1.\n")
    assert is_live(issued)
    assert run().startswith(f"{told} has ended. Live sessions: 1. Valid API tokens: 1.\n")
    assert not is_live(issued)
    assert is_token_revoked(made.token)
    assert is_live(other)
    assert causes() == [("authn_logout_everywhere", "leaked")]
    assert run().startswith(f"{told} has ended. Live sessions: 0. Valid API tokens: 0.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--user", "nobody"], "There is no user 'nobody'"),
        (["--user", ""], "There is no user ''"),
        (["--user", "ann@example.com", "--token-only"], "goes with neither"),
        (["--user", "ann@example.com", "tokens.txt"], "goes with neither"),
        (["no-such-file"], "no-such-file cannot be read"),
        (["djb_at_abc"], "This is a token. Put it into a file"),
        (["--user", "Bearer eyJhbGciOi.e30.x"], "This is a token. Put it into a file"),
        (["--cause", "djb_rt_abc"], "This is a token. Put it into a file"),
        ([], "There is no token in what was given"),
    ],
)
def test_what_cannot_be_done(words: list[str], said: str, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = issue_session(ann)
    monkeypatch.setattr(sys, "stdin", StringIO("\n"))
    with pytest.raises(CommandError, match=said) as raised:
        call_command("bearer_revoke", *words, stdout=StringIO())
    assert "djb_" not in str(raised.value)
    assert "eyJ" not in str(raised.value)
    assert is_live(issued)


@pytest.mark.parametrize("words", [[], ["-"]])
def test_standard_input(words: list[str], ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = issue_session(ann)
    monkeypatch.setattr(sys, "stdin", StringIO(issued.access_token))
    call_command("bearer_revoke", *words, stdout=StringIO())
    assert not is_live(issued)


def test_a_session_that_had_ended_still_ends_its_api_tokens(ann: Any, handed_in: Any) -> None:
    issued = issue_session(ann)
    made = issue_api_token(ann, name="x", expires_in=3600, made_by_session=issued.session_id)
    revoke_session(issued.session_id)
    said, _ = handed_in([issued.refresh_token])
    assert "Its session had ended before. API tokens of this session that ended: 1." in said
    assert is_token_revoked(made.token)


@pytest.mark.hard
def test_on_every_database(database: str, django_user_model: Any, handed_in: Any) -> None:
    cat = django_user_model.objects.create_user("cat")
    issued, after = issue_session(cat), issue_session(cat)
    made = issue_api_token(cat, name="x", expires_in=3600, made_by_session=issued.session_id)
    Session.objects.filter(pk=after.session_id).update(extras={SOURCE_SESSION: str(issued.session_id)})
    said, error = handed_in([issued.access_token])
    assert error == ""
    assert "API tokens of this session that ended: 1. Sessions that were handed over from it and go on: 1." in said
    assert is_token_revoked(made.token)
    out = StringIO()
    call_command("bearer_revoke", "--user", "cat", stdout=out)
    assert "Live sessions: 1. Valid API tokens: 0." in out.getvalue()
    assert not is_live(after)
