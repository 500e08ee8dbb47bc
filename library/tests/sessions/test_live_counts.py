"""What counts as live is what a request would be let in with: each way to end is one less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from django_bearer import (
    authenticate_token,
    errors,
    issue_api_token,
    issue_session,
    revoke_all_issuer_tokens,
    revoke_session,
    revoke_user,
)
from django_bearer.api_tokens.issue_and_revoke import service_account
from django_bearer.api_tokens.service_accounts import set_active
from django_bearer.database import issuers, signing_keys, unreadable_keys
from django_bearer.models import ApiToken, Session, SigningKey
from django_bearer.primitives import clock
from django_bearer.sessions import live_counts

ISSUER = "https://api.example.com"


def counts(user: Any = None) -> tuple[int, int]:
    return live_counts.live_sessions(ISSUER, user), live_counts.live_api_tokens(ISSUER, user)


def in_sql(**columns: Any) -> Callable[[Any], Any]:
    """A change that no receiver sees, as in a restored backup."""
    return lambda user: get_user_model().objects.filter(pk=user.pk).update(**columns)


ENDED: dict[str, Callable[[Any], Any]] = {
    "epoch of the user": lambda user: issuers.next_user_epoch(user.pk),
    "logged out everywhere": revoke_user,
    "epoch of the issuer": lambda user: revoke_all_issuer_tokens(),
    "inactive": in_sql(is_active=False),
    "another password": in_sql(password="pbkdf2_sha256$1$x$y"),
    "gone": lambda user: get_user_model().objects.filter(pk=user.pk)._raw_delete("default"),
    "past the end": lambda user: clock.advance(10 * 365 * 86_400),
    "revoked": lambda user: [rows.objects.update(revoked_at=1, revoked_cause="x") for rows in (Session, ApiToken)],
}


@pytest.mark.parametrize("way", ENDED)
def test_what_has_ended_is_not_counted(way: str, ann: Any) -> None:
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600)
    assert counts() == counts(ann) == (1, 1)
    ENDED[way](ann)
    assert counts() == counts(ann) == (0, 0)
    for token in (issued.access_token, made.token):
        with pytest.raises(errors.InvalidToken):
            authenticate_token(token)


def test_an_idle_session_is_not_counted(ann: Any) -> None:
    issue_session(ann)
    Session.objects.update(idle_ends_at=issuers.now())
    assert counts() == (0, 0)


def test_tokens_of_a_service_count_while_it_is_active(ann: Any, db: None) -> None:
    service = service_account("backup", create=True)
    issue_api_token(service, name="x", expires_in=3600)
    assert counts() == (0, 1)
    assert counts(ann) == (0, 0)
    set_active(service, False, "command")
    assert counts() == (0, 0)


def test_more_rows_than_one_turn(ann: Any, django_user_model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_counts, "TURN", 2)
    bob = django_user_model.objects.create_user("bob")
    issued = [issue_session(ann if number % 2 else bob) for number in range(5)]
    revoke_session(issued[0].session_id)
    assert counts() == (4, 0)
    assert (counts(ann), counts(bob)) == ((2, 0), (2, 0))


@pytest.mark.hard
def test_on_every_database(database: str, django_user_model: Any) -> None:
    """Counted, and the keys that cannot be read found with their sessions, and discarded."""
    cat = django_user_model.objects.create_user("cat")
    issue_session(cat)
    issue_api_token(cat, name="x", expires_in=3600)
    assert counts() == (1, 1)
    SigningKey.objects.update(encrypted_private_key=b"\x01" * 64)
    signing_keys.clear_cache()
    assert sorted(key.sessions for key in unreadable_keys.discard(ISSUER)) == [0, 1]
    assert counts() == (0, 1)
    issue_session(cat)
    issuers.next_user_epoch(cat.pk)
    assert counts() == (0, 0)
