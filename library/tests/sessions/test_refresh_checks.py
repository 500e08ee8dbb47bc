"""A check of the project's before each refresh: what it says, what it cannot do, and what becomes of the token."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client

from django_bearer import Session, issue_session, refresh_session, register_refresh_check
from django_bearer.errors import Failure, InvalidClient, SessionEnded, TemporarilyUnavailable
from django_bearer.sessions import refresh_checks

pytestmark = pytest.mark.django_db


@pytest.fixture
def check() -> Iterator[Callable[[Any], list[Any]]]:
    """Register a check that answers this, or raises it. Returns what it was asked."""
    before = refresh_checks._check

    def register(answer: Any) -> list[Any]:
        asked: list[Any] = []

        def found(session_id: uuid.UUID, user: Any, request: HttpRequest | None) -> Any:
            asked.append((session_id, user, request))
            if isinstance(answer, Exception):
                raise answer
            return answer

        register_refresh_check(found)
        return asked

    yield register
    register_refresh_check(before)


def refresh(token: Any) -> Any:
    return Client().post("/auth/refresh/", {"refresh_token": str(token)}, "application/json", secure=True)


def test_it_is_asked_once_a_refresh_with_session_user_and_request(ann: Any, check: Any) -> None:
    asked = check(None)
    issued = issue_session(ann)
    assert refresh(issued.refresh_token).status_code == 200
    (session_id, user, request) = asked[0]
    assert (len(asked), session_id, user, request.path) == (1, issued.session_id, ann, "/auth/refresh/")
    refresh_session(str(issue_session(ann).refresh_token))
    assert asked[1][2] is None


def test_with_session_ended_the_session_ends(ann: Any, check: Any) -> None:
    check(Failure(SessionEnded, "gone"))
    issued = issue_session(ann)
    found = refresh(issued.refresh_token)
    assert (found.status_code, found.json()["code"]) == (401, "session_ended")
    assert Session.objects.get().revoked_cause == refresh_checks.CAUSE
    check(None)
    assert refresh(issued.refresh_token).status_code == 401


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Failure(InvalidClient, "no secret"), 401),
        (Failure(TemporarilyUnavailable, "later"), 503),
        (ValueError("broken"), 503),
        (False, 503),
        (True, 503),
    ],
)
def test_with_anything_else_the_token_stays_unspent(ann: Any, check: Any, answer: Any, status: int) -> None:
    check(answer)
    token = issue_session(ann).refresh_token
    assert refresh(token).status_code == status
    assert Session.objects.get().generation == 0
    check(None)
    assert refresh(token).status_code == 200


def test_a_token_that_is_refused_anyway_is_not_asked_about(ann: Any, check: Any) -> None:
    asked = check(None)
    assert refresh("djb_rt_nonsense").status_code == 401
    assert asked == []
