"""Trades of django-oauth-toolkit's refresh tokens: each becomes a session of ours once, for its own client."""

from __future__ import annotations

from functools import partial

from django.db import OperationalError
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_bearer.errors import Failure, InvalidToken, TemporarilyUnavailable

from . import clock, dot, dot_tables, stored_logins, trades, usage
from .dot_tables import Application, StoredRefresh
from .settings import MAX_DAYS, Dot
from .trades import Receiver, Spendable, Traded, is_browser

FAR = 2 * MAX_DAYS * 86_400
"""Seconds after which a token without an end is taken to end: a session's own lifetime is shorter."""
TRIES = 3
NOT_YET = (
    "TRADE is off: until it is on, route the old package's token endpoint, whose refresh tokens live in its tables"
)


@sensitive_variables()
def trade(
    request: HttpRequest, token: str, client: Application, given: Dot, retry_key: str = ""
) -> Traded | Failure | None:
    """The session that an old refresh token becomes; a `Failure` for one that is refused; None for none of theirs.

    Where the database gives up because another request was faster, the row is read again.
    """
    for _ in range(TRIES):
        try:
            return _trade(request, token, client, given, retry_key)
        except OperationalError as error:
            busy = error
    raise TemporarilyUnavailable(f"the database was busy: {type(busy).__name__}")


@sensitive_variables()
def _trade(
    request: HttpRequest, token: str, client: Application, given: Dot, retry_key: str
) -> Traded | Failure | None:
    row = dot_tables.refresh(token)
    if row is None:
        return None
    if row.application_id != client.row_id:
        return Failure(InvalidToken, "the refresh token is another client's (RFC 6749 section 6)")
    receiver = Receiver(given.client_of(client.client_id))
    if is_browser(request):
        return Failure(
            InvalidToken, "a page logs in: script that can read its token must not get a session that lasts"
        )
    if row.revoked:
        return trades.again(dot.token_id(token), token, receiver, retry_key)
    ends_at = end(row, given, clock.seconds())
    if isinstance(ends_at, Failure) or row.access is None:
        return ends_at if isinstance(ends_at, Failure) else None
    user = stored_logins.user_of(row.user_id)
    if isinstance(user, Failure):
        return user
    if not given.entry.trades:
        return Failure(TemporarilyUnavailable, NOT_YET)
    usage.note(given.entry.name, "trade", str(request.META.get("HTTP_USER_AGENT", "")))
    old = Spendable(
        user,
        dot.token_id(token),
        ends_at,
        given.entry,
        row.access.scopes & given.entry.scopes,
        receiver,
        partial(dot_tables.spend, row),
        str(row.row_id),
        client,
    )
    return trades.once(request, old, token, retry_key)


def end(row: StoredRefresh, given: Dot, now: int) -> int | Failure:
    """When a refresh token ends, in seconds since 1970, or why it is over. Pure.

    As in the old package, it is of no use without its access token, and lives for so long after that one.
    """
    if row.access is None:
        return Failure(InvalidToken, "its access token was revoked")
    if given.refresh_seconds is None:
        return now + FAR
    ends_at = row.access.expires_at + given.refresh_seconds
    return ends_at if now < ends_at else Failure(InvalidToken, "expired")
