"""A lost answer requested again much later: the rotation interval starts when the successor is sent."""

from __future__ import annotations

from typing import Any

from django_bearer import issue_session, refresh_session
from django_bearer.primitives import clock


def test_the_rotation_interval_of_a_successor_sent_late_starts_then(database: str, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("ann@example.com")
    predecessor = str(issue_session(user).refresh_token)
    lost = refresh_session(predecessor, retry_key="stored before")
    clock.advance(3600)
    again = refresh_session(predecessor, retry_key="stored before")
    assert again.refresh_token == lost.refresh_token
    assert again.rotated is False

    # Another request of the same client carries the successor, while one with the predecessor is still under way.
    assert refresh_session(str(again.refresh_token)).refresh_token is None
    assert refresh_session(predecessor, retry_key="stored before").refresh_token == lost.refresh_token
    clock.advance(31)
    assert refresh_session(str(again.refresh_token)).rotated is True
