"""Sessions that came from old tokens: they end with the old token's own logout, and stay with its client.

Asked before each refresh of such a session, by `django_bearer.register_refresh_check`. A key of knox or `authtoken`
and a refresh token of simplejwt have ended where their row is gone. A row of django-oauth-toolkit says less: that
package deletes what is spent (`cleartokens`), so its session ends with the client, or by `revoke_token/`.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest

from django_bearer import Session, revoke_session
from django_bearer.errors import Failure, InvalidClient, SessionEnded, TemporarilyUnavailable

from . import clock, copying, dot_tables, old_tables, proved_clients, settings
from .dot_tables import Application
from .missing_tables import missing
from .models import TradedSession
from .settings import AUTHTOKEN, DOT, KNOX, SIMPLEJWT

LOGGED_OUT = "the old token that the session came from was logged out"
NEEDS_SECRET = (
    "the session belongs to the client {client!r} of django-oauth-toolkit:"
    " refresh it at compat.oauth2, with its secret"
)


def bind(session_id: uuid.UUID, source: str, reference: str, client: Application | None = None) -> None:
    """Store where a session came from. Call it in the transaction that stores the session."""
    TradedSession.objects.create(
        session_id=session_id,
        source=source,
        reference=reference,
        client=client.client_id if client else "",
        confidential=client is not None and not client.is_public,
    )


def refusal(session_id: uuid.UUID, user: Any, request: HttpRequest | None) -> Failure | None:
    """Why a session is not refreshed, or None, as `register_refresh_check` asks for it."""
    row = None
    try:
        row = TradedSession.objects.filter(session_id=session_id).first()
        if row is None:
            return None
        if row.confidential and not proved_clients.has(request, row.client):
            return Failure(InvalidClient, NEEDS_SECRET.format(client=row.client))
        return None if STANDS[row.source](row, user) else Failure(SessionEnded, LOGGED_OUT)
    except DatabaseError:
        if (reason := _missing()) is not None:
            return Failure(TemporarilyUnavailable, reason)
        if row is None or old_tables.exists(TABLES[row.source]):
            raise
    return None


def _missing() -> str | None:
    """The missing table of a package that is still accepted. That of another one was dropped, as it may be."""
    accepted = [entry.name for entry in settings.current().entries() if clock.seconds() < entry.ends_at]
    return next((reason for name in accepted if (reason := missing(name))), None)


def _knox_stands(row: TradedSession, user: Any) -> bool:
    return old_tables.knox_token(row.reference) is not None


def _authtoken_stands(row: TradedSession, user: Any) -> bool:
    return any(_is_of(stored, row.reference) for stored in old_tables.auth_keys(user.pk))


def _is_of(stored: str, digest: str) -> bool:
    """Whether a key as it is stored, in clear or blanked, is the one of a digest."""
    found = stored if old_tables.is_blank(stored) else copying.digest_of(stored)
    wanted = old_tables.blank_of(digest) if old_tables.is_blank(stored) else digest
    return hmac.compare_digest(found.encode(), wanted.encode())


def _simplejwt_stands(row: TradedSession, user: Any) -> bool:
    return old_tables.outstanding(row.reference) is not None


def _dot_stands(row: TradedSession, user: Any) -> bool:
    return dot_tables.application(row.client) is not None


STANDS: Mapping[str, Callable[[TradedSession, Any], bool]] = {
    KNOX: _knox_stands,
    AUTHTOKEN: _authtoken_stands,
    SIMPLEJWT: _simplejwt_stands,
    DOT: _dot_stands,
}
"""Whether the old token of a session has not been logged out, by its package."""
TABLES = {
    KNOX: old_tables.KNOX.name,
    AUTHTOKEN: old_tables.AUTHTOKEN.name,
    SIMPLEJWT: old_tables.OUTSTANDING,
    DOT: dot_tables.APPLICATION,
}
"""The table that says so."""


def end(source: str, reference: str) -> int:
    """End the sessions that came from a key, at its logout here. Returns how many."""
    rows = TradedSession.objects.filter(source=source, reference=reference)
    return sum(revoke_session(found, "logout") for found in rows.values_list("session_id", flat=True))


def of_confidential_clients() -> list[uuid.UUID]:
    """The sessions that live and belong to clients with a secret, which nothing asks for once this app is gone."""
    rows = TradedSession.objects.filter(confidential=True).values_list("session_id", flat=True)
    return list(
        Session.objects.filter(
            pk__in=list(rows), revoked_at__isnull=True, ends_at__gt=clock.seconds() * 1_000_000
        ).values_list("pk", flat=True)
    )


def is_anothers(session_id: uuid.UUID, client: Application) -> bool:
    """Whether a session came from another client's refresh token."""
    row = TradedSession.objects.filter(session_id=session_id, source=DOT).first()
    return row is not None and row.client != client.client_id


def purge() -> int:
    """Forget sessions whose rows are gone. Returns how many."""
    return TradedSession.objects.exclude(session_id__in=Session.objects.values("pk")).delete()[0]
