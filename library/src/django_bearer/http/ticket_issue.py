"""Making a ticket for whoever has an access token, counted by session."""

from __future__ import annotations

from collections.abc import Iterable

from ..accounts.lazy_user import settled
from ..accounts.principal import Principal
from ..errors import RateLimited
from ..primitives.redaction import redact_locals
from ..rate_limits import limiter, rules
from ..sessions import tickets
from ..sessions.tickets import IssuedTicket


@redact_locals
def issue_ticket(
    principal: Principal, *, purpose: str, path: str, scope: Iterable[str] | None = None
) -> IssuedTicket:
    """Make a ticket for one place that cannot send a header: a WebSocket, a download, media, an `EventSource`.

    It can be redeemed once within 30 seconds, at this path, for this purpose. What ends the access token's session,
    user or key ends it, too.

    Args:
        principal: Who asks, as `request.auth`. It must come from an access token.
        purpose: What it is good for, as the view says it in `accepts_ticket`; `socket` for a WebSocket.
        path: The path of the URL, as the browser sends it: percent-encoded, without the query. One that ends in a
            slash is good for everything below it where the view gives a cookie.
        scope: The scopes to grant, out of those of the access token. None grants all of these.

    Returns:
        The ticket.

    Raises:
        SessionRequired: The principal comes from no access token.
        InvalidRequest: The purpose is no name, or the path no plain path.
        InvalidScope: `scope` names one that the access token lacks.
        RateLimited: The session asks for too many. `retry_after` is in seconds.
        TemporarilyUnavailable: The database was busy.

    Source:
        OWASP ASVS 4.4.3 (WebSockets), RFC 6750 section 5.3 (no token in a URL).
    """
    settled(principal.user)
    claims, _ = tickets.check(principal, purpose, path, scope)
    wait = limiter.admit(rules.tickets(str(claims.sid)))
    if wait:
        raise RateLimited("too many tickets of this session", retry_after=wait)
    return tickets.issue(principal, purpose, path, scope)
