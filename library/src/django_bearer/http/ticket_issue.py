"""Making a ticket for whoever has an access token, counted by session; and redeeming one in code of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.lazy_user import settled
from ..accounts.principal import Principal
from ..errors import Failure, RateLimited
from ..primitives.redaction import redact_locals
from ..rate_limits import limiter, rules
from ..sessions import tickets
from ..sessions.tickets import IssuedTicket, TicketUse


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
        InvalidRequest: The purpose is not a name, or the path is not a plain path.
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


@redact_locals
@sensitive_variables()
def redeem_ticket(
    ticket: str, *, purpose: str, path: str, request: Any = None, audience: str | None = None
) -> Principal:
    """Redeem a ticket in code of your own, such as a WebSocket server that is not Channels. It works once.

    A view that is decorated with `accepts_ticket` does not need it. Call it outside of any transaction.

    Args:
        ticket: What the client sent.
        purpose: What it must be good for.
        path: The path of the request, decoded, as `request.path` has it.
        request: The request. It is needed where `ISSUER` or `AUDIENCE` is a callable.
        audience: The audience that the access token behind it must name. None means `BEARER["AUDIENCE"]`.

    Returns:
        The principal of the access token that asked for it, as it is now.

    Raises:
        InvalidTicket: It is none, has expired, was redeemed, or is for another purpose or path.
        InvalidToken: Its session, user, key or access token has ended, or names another audience.
        InsideTransaction: It was called inside of a transaction, whose rollback would make the ticket good again.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The database was busy.

    Source:
        OWASP ASVS 4.4.3.
    """
    found = tickets.redeem(ticket, TicketUse(purpose, path))
    if isinstance(found, Failure):
        raise found.exception()
    expected = conf.audience(request) if audience is None else audience
    principal = found.principal(conf.issuer(request), frozenset((expected,)), request)
    if isinstance(principal, Failure):
        raise principal.exception()
    return principal
