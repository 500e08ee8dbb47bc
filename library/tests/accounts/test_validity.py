"""Whether a session stands: each fault by itself, with no other rule to catch it."""

from __future__ import annotations

from typing import Any

import pytest

from django_bearer import errors, is_token_revoked, issue_session, refresh_session, revoke_all_issuer_tokens
from django_bearer.database import issuers


def test_a_login_under_way_ends_with_logout_everywhere(ann: Any) -> None:
    """Its row is written after the others were ended, and remembers the epoch it was issued in."""
    issued = issue_session(ann)
    issuers.next_user_epoch(ann.pk)
    with pytest.raises(errors.SessionEnded):
        refresh_session(issued.refresh_token or "")
    assert is_token_revoked(issued.access_token)


def test_everything_ends_with_the_issuers_epoch(ann: Any) -> None:
    issued = issue_session(ann)
    revoke_all_issuer_tokens()
    with pytest.raises(errors.SessionEnded):
        refresh_session(issued.refresh_token or "")
    assert is_token_revoked(issued.access_token)
    assert not is_token_revoked(issue_session(ann).access_token)
