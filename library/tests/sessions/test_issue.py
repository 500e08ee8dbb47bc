"""Issue: who may have a session, and what it is issued with."""

from __future__ import annotations

from typing import Any

import pytest

from django_bearer import errors, issue_session
from django_bearer.models import Session


def test_session_is_one_row_and_no_secret_is_in_it(ann: Any) -> None:
    issued = issue_session(ann)
    row = Session.objects.get()
    assert row.pk == issued.session_id
    assert issued.refresh_token is not None
    stored = repr([getattr(row, field.attname) for field in Session._meta.concrete_fields])
    assert issued.refresh_token not in stored
    assert issued.access_token not in stored


def test_inactive_user_is_refused(ann: Any) -> None:
    ann.is_active = False
    with pytest.raises(errors.InvalidCredentials):
        issue_session(ann)


def test_scope_narrows_and_never_widens(ann: Any) -> None:
    assert issue_session(ann).scope == {"notes:read", "notes:write"}
    assert issue_session(ann, scope=["notes:read"]).scope == {"notes:read"}
    assert issue_session(ann, scope=[]).scope == frozenset()
    with pytest.raises(errors.InvalidScope):
        issue_session(ann, scope=["notes:read", "admin"])
