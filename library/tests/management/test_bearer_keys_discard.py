"""Keys whose key-encryption key is lost: they block, and are discarded only when an operator says so (JK-05)."""

from __future__ import annotations

import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_bearer import authenticate_token, decode_token, errors, issue_api_token, issue_session, refresh_session
from django_bearer.database import key_rows, signing_keys, unreadable_keys
from django_bearer.models import SecurityEventRecord, Session, SigningKey
from django_bearer.sessions import key_rotation
from django_bearer.sessions.verification import clear_signature_cache

ISSUER = "https://api.example.com"


class Terminal(StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def run(*words: str) -> str:
    out = StringIO()
    call_command("bearer_keys", *words, stdout=out)
    return out.getvalue()


def lose(settings: Any) -> None:
    """Nobody has the SECRET_KEY of before any more."""
    settings.SECRET_KEY = "another " * 10
    signing_keys.clear_cache()
    clear_signature_cache()


def kids() -> set[str]:
    return set(SigningKey.objects.values_list("kid", flat=True))


def test_everything_is_lost_and_said_and_the_server_goes_on(ann: Any, settings: Any) -> None:
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600)
    before = kids()
    lose(settings)
    with pytest.raises(errors.TemporarilyUnavailable, match="dangerously-discard"):
        issue_session(ann)
    said = run("dangerously-discard", "--yes")
    for kid in before:
        assert f"{ISSUER}: cannot be read: {kid}" in said
        assert f"{ISSUER}: discarded: {kid}" in said
    assert said.count("live sessions that end: 1") == 2
    assert not before & kids()
    row = Session.objects.get(pk=issued.session_id)
    assert row.revoked_cause == unreadable_keys.CAUSE
    with pytest.raises(errors.InvalidToken):
        decode_token(issued.access_token)
    with pytest.raises(errors.SessionEnded):
        refresh_session(issued.refresh_token or "")
    assert authenticate_token(made.token)
    anew = issue_session(ann)
    assert decode_token(refresh_session(anew.refresh_token or "").access_token)
    gone = SecurityEventRecord.objects.filter(kind="sys_key_changed", details__cause=unreadable_keys.CAUSE)
    assert {row.details["kid"] for row in gone} == before
    assert sorted(row.details["sessions"] for row in gone) == [0, 1]
    assert run("dangerously-discard", "--yes") == "Every key can be read. Nothing was discarded.\n"


def test_what_can_be_read_stays(ann: Any, settings: Any) -> None:
    """A key that was published since the change of SECRET_KEY, and the sessions of the refresh key that opens."""
    issued = issue_session(ann)
    [old] = signing_keys.active(ISSUER)
    new = key_rotation.publish(ISSUER)
    SigningKey.objects.filter(kid=old).update(encrypted_private_key=b"\x01" * 64)
    signing_keys.clear_cache()
    said = run("dangerously-discard", "--yes")
    assert said.count("discarded:") == 1
    assert f"discarded: {old}, ES256, active\n" in said
    states = dict(SigningKey.objects.values_list("kid", "state"))
    assert states[new] == "published"
    assert list(states.values()).count("active") == 2
    assert decode_token(refresh_session(issued.refresh_token or "").access_token)


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "discard it\n", "\x04"])
def test_nothing_happens_unless_somebody_says_so(
    typed: str, ann: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue_session(ann)
    before = kids()
    lose(settings)
    monkeypatch.setattr(sys, "stdin", Terminal(typed.strip("\x04")) if typed else StringIO())
    with pytest.raises(CommandError, match="Nothing was changed"):
        run("dangerously-discard")
    assert kids() == before
    assert not Session.objects.filter(revoked_at__isnull=False).exists()


def test_somebody_types_the_word(ann: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    issue_session(ann)
    lose(settings)
    monkeypatch.setattr(sys, "stdin", Terminal("discard\n"))
    said = run("dangerously-discard")
    assert said.index("live sessions that end: 1") < said.index("With the SECRET_KEY") < said.index("discarded:")
    assert issue_session(ann)


def test_keys_that_a_fallback_opens_are_kept(ann: Any, settings: Any) -> None:
    """Neither one of SECRET_KEY_FALLBACKS, nor one of SECRET_KEY where KEY_ENCRYPTION_KEYS is new, is lost."""
    issued = issue_session(ann)
    old, before = settings.SECRET_KEY, kids()
    lose(settings)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert "Nothing was discarded" in run("dangerously-discard", "--yes")
    settings.BEARER = {**settings.BEARER, "KEY_ENCRYPTION_KEYS": ["A" * 43]}
    assert "Nothing was discarded" in run("dangerously-discard", "--yes")
    assert kids() == before
    SigningKey.objects.filter(use="sig").update(encrypted_private_key=b"\x01" * 64)
    run("dangerously-discard", "--yes")
    signing_keys.clear_cache()
    assert refresh_session(issued.refresh_token or ""), "what is left is encrypted under the newest key"


def test_one_issuer_only(ann: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    issue_session(ann)
    signing_keys.ring_with_keys("https://other.example.com")
    before = set(SigningKey.objects.filter(issuer="https://other.example.com").values_list("kid", flat=True))
    lose(settings)
    run("dangerously-discard", "--yes", "--issuer", ISSUER)
    assert before <= kids()
    assert [key.kid for key in unreadable_keys.find(ISSUER)] == []


def test_the_list_marks_them(ann: Any, settings: Any) -> None:
    issue_session(ann)
    lose(settings)
    out = StringIO()
    with pytest.raises(CommandError, match="dangerously-discard"):
        call_command("bearer_keys", "list", stdout=out)
    assert out.getvalue().count("CANNOT BE READ") == 2


def test_a_row_that_was_edited_is_one_of_them(ann: Any) -> None:
    """A state that somebody wrote in SQL: the key does not open, and blocks as well."""
    issue_session(ann)
    SigningKey.objects.filter(use="sig").update(state="retired")
    assert [key.use for key in unreadable_keys.find(ISSUER)] == ["sig"]
    assert key_rows.key_id("r-no hex") == b""
