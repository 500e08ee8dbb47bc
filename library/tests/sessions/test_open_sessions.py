"""Which of many open things have ended, by one statement on every database."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.test.utils import CaptureQueriesContext

from django_bearer import (
    Principal,
    authenticate_token,
    issue_api_token,
    issue_session,
    revoke_all_issuer_tokens,
    revoke_key,
    revoke_session,
    revoke_token,
    revoke_user,
)
from django_bearer.database import session_reads
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions import open_sessions
from tests.conftest import PASSWORD

ISSUER = "https://api.example.com"


def user(name: str) -> Any:
    found = get_user_model()(**{get_user_model().USERNAME_FIELD: name})
    found.set_password(PASSWORD)
    found.save()
    return found


def kid_of(token: str) -> str:
    return str(json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"])


def new_password(issued: Any, owner: Any) -> None:
    owner.set_password("another password")
    owner.save()


ENDS: dict[str, Callable[[Any, Any], object]] = {
    "session": lambda issued, owner: revoke_session(issued.session_id),
    "everywhere": lambda issued, owner: revoke_user(owner),
    "token": lambda issued, owner: revoke_token(issued.access_token),
    "inactive": lambda issued, owner: type(owner).objects.filter(pk=owner.pk).update(is_active=False),
    "gone": lambda issued, owner: type(owner).objects.filter(pk=owner.pk).delete(),
    "password": new_password,
    "purged": lambda issued, owner: Session.objects.filter(pk=issued.session_id).delete(),
}
ALL: dict[str, Callable[[Any, Any], object]] = {
    "issuer": lambda issued, owner: revoke_all_issuer_tokens(),
    "key": lambda issued, owner: revoke_key(kid_of(issued.access_token)),
    "time": lambda issued, owner: clock.advance(40 * 86_400),
}


@pytest.mark.parametrize("end", [*ENDS, *ALL])
def test_what_has_ended_and_nothing_else(end: str, database: str) -> None:
    ann, bob = user("ann"), user("bob")
    issued, other = issue_session(ann), issue_session(bob)
    held = [authenticate_token(one.access_token) for one in (issued, issued, other)]
    assert open_sessions.ended(held, ISSUER) == set()
    {**ENDS, **ALL}[end](issued, ann)
    gone = held if end in ALL else held[:2]
    assert open_sessions.ended(held, ISSUER) == {id(one) for one in gone}


def test_a_token_that_expires_is_watched_elsewhere(database: str) -> None:
    held = [authenticate_token(issue_session(user("ann")).access_token)]
    clock.advance(400)
    assert open_sessions.ended(held, ISSUER) == set()
    assert open_sessions.ended(held, "https://other.example.com") == {id(held[0])}


def test_one_statement_for_all_sessions_and_one_for_each_api_token(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = user("ann")
    held: list[Principal] = [authenticate_token(issue_session(ann).access_token) for _ in range(20)]
    machine = issue_api_token(ann, name="x", expires_in=3600).token
    machines = [authenticate_token(machine) for _ in range(5)]

    def counted(asked: list[Principal]) -> int:
        with CaptureQueriesContext(connections[database]) as captured:
            assert open_sessions.ended(asked, ISSUER) == set()
        return len(captured.captured_queries)

    assert [counted(held), counted([*held, *machines]), counted([])] == [1, 2, 0]
    monkeypatch.setattr(session_reads, "MOST", 8)
    assert counted(held) == 3
    revoke_user(ann)
    assert len(open_sessions.ended([*held, *machines], ISSUER)) == 25
