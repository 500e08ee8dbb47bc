"""Rows whose epoch has passed look live in their own columns, and are left out."""

from __future__ import annotations

from typing import Any

import pytest

from django_bearer import issue_api_token, issue_session
from django_bearer.database import issuers
from django_bearer.database.current_epochs import of_current_epochs
from django_bearer.models import ApiToken, Session


@pytest.mark.parametrize("raised", ["user", "issuer"])
def test_rows_of_an_earlier_epoch_are_left_out(raised: str, ann: Any, django_user_model: Any) -> None:
    other = django_user_model.objects.create_user("bob@example.com")
    for user in (ann, other):
        issue_session(user)
        issue_api_token(user, name="x", expires_in=3600)
    if raised == "user":
        issuers.next_user_epoch(ann.pk)
    else:
        issuers.next_issuer_epoch("https://api.example.com")
    left = [other.pk] if raised == "user" else []
    for model in (Session, ApiToken):
        assert model.objects.filter(revoked_at__isnull=True).count() == 2
        assert [row.user_id for row in of_current_epochs(model.objects.all())] == left
