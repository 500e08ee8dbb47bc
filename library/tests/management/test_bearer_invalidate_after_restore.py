"""After a backup: every session and token of before is dead, and nothing happens without --yes."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_bearer import decode_token, errors, is_token_revoked, issue_session, refresh_session
from django_bearer.database import signing_keys
from django_bearer.models import Session
from django_bearer.primitives import clock


def run(*words: str) -> str:
    out = StringIO()
    call_command("bearer_invalidate_after_restore", *words, stdout=out)
    return out.getvalue()


def test_looks_and_changes_nothing(ann: Any) -> None:
    issued = issue_session(ann)
    clock.advance(120)
    said = run()
    assert "signing keys, all decrypted: 1. Live sessions: 1." in said
    assert "began 2 minutes ago" in said
    assert "Nothing was changed." in said
    assert decode_token(issued.access_token)


def test_counts_what_is_live_and_no_session_of_before(ann: Any) -> None:
    """A session of an earlier epoch, as the command leaves it, and one that only its absolute end has ended."""
    issue_session(ann)
    run("--yes")
    issue_session(ann)
    issued = issue_session(ann)
    Session.objects.filter(pk=issued.session_id).update(ends_at=1)
    assert "Live sessions: 1." in run()


def test_its_help_says_that_nothing_of_before_is_good() -> None:
    from django_bearer.management.commands.bearer_invalidate_after_restore import Command

    assert "API tokens end, too" in Command.help
    assert "valid again" not in Command.help


def test_ends_what_the_backup_would_bring_back(ann: Any) -> None:
    issued = issue_session(ann)
    backup = list(Session.objects.values())
    newer = refresh_session(issued.refresh_token or "")
    Session.objects.all().delete()
    Session.objects.bulk_create(Session(**row) for row in backup)
    assert "The epoch of https://api.example.com is now 1." in run("--yes")
    for token in (issued, newer):
        assert is_token_revoked(token.access_token)
        with pytest.raises(errors.SessionEnded):
            refresh_session(token.refresh_token or "")
    assert decode_token(issue_session(ann).access_token)


def test_a_ring_that_does_not_open_stops_it(ann: Any, settings: Any) -> None:
    issue_session(ann)
    signing_keys.clear_cache()
    settings.SECRET_KEY = "another " * 10
    with pytest.raises(CommandError, match="another SECRET_KEY"):
        run("--yes")


def test_a_database_whose_clock_is_behind_stops_it(ann: Any) -> None:
    issue_session(ann)
    Session.objects.update(created_at=clock.now() + 3_600_000_000)
    with pytest.raises(CommandError, match="began in the future"):
        run("--yes")
