"""Why something was revoked, in the project's own words: whatever they hold, the revocation takes place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_bearer import (
    issue_api_token,
    issue_session,
    revoke_api_token,
    revoke_key,
    revoke_session,
    revoke_token,
    revoke_user,
)
from django_bearer.database import signing_keys
from django_bearer.models import ApiToken, RevokedToken, Session
from tests.token_clients import alive

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "it\x00 \udcff: " + "the administrator chose to end it, " * 10
KEPT = "it ?: the administrator chose to end it,"


def of_session(user: Any) -> Any:
    issued = issue_session(user)
    assert revoke_session(issued.session_id, LONG)
    assert not alive(issued.access_token)
    return Session.objects.get(pk=issued.session_id).revoked_cause


def of_user(user: Any) -> Any:
    issued = issue_session(user)
    assert revoke_user(user, LONG) == 1
    assert not alive(issued.access_token)
    return Session.objects.get(pk=issued.session_id).revoked_cause


def of_access_token(user: Any) -> Any:
    token = issue_session(user).access_token
    assert revoke_token(token, LONG)
    assert not alive(token)
    return RevokedToken.objects.get(kind="token").cause


def of_api_token(user: Any) -> Any:
    made = issue_api_token(user, name="ci", expires_in=3600)
    assert revoke_api_token(made.id, LONG)
    return ApiToken.objects.get(pk=made.id).revoked_cause


def of_key(user: Any) -> Any:
    token = issue_session(user).access_token
    [kid] = signing_keys.active("https://api.example.com")
    revoke_key(kid, LONG)
    assert not alive(token)
    return RevokedToken.objects.get(kind="key").cause


@pytest.mark.parametrize("revoke", [of_session, of_user, of_access_token, of_api_token, of_key])
def test_no_cause_keeps_anything_from_being_revoked(revoke: Callable[[Any], Any], database: str, ann: Any) -> None:
    assert revoke(ann) == KEPT
