"""From the handshake or a message of a WebSocket to a principal, by the pipeline of requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.principal import Principal
from ..database import aliases
from ..database.aliases import DatabaseContext
from ..errors import (
    Failure,
    HTTPRefusal,
    InsufficientScope,
    InvalidToken,
    NotAuthenticated,
    OriginNotAllowed,
    UnknownIssuer,
)
from ..primitives.same_site import origin_of
from ..sessions import tickets
from ..sessions.tickets import TicketUse
from . import authentication, open_sockets
from .socket_credentials import Opening

_SCHEMES = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class Entered:
    """Who opened a socket, and what is needed to ask later whether they still may."""

    principal: Principal
    issuer: str
    place: DatabaseContext
    ended: open_sockets.Question
    tested: bool = False
    """Whether a test's transaction is around it, into which no other thread looks."""


def request_of(scope: Mapping[str, Any]) -> HttpRequest:
    """The handshake as a request, for settings that are callables of one and for what HTTPS is told by."""
    scheme = _SCHEMES.get(str(scope.get("scheme") or "ws"), "http")
    return ASGIRequest({**scope, "type": "http", "method": "GET", "scheme": scheme}, BytesIO())


@sensitive_variables()
def enter(
    opening: Opening, token: str, scopes: Iterable[str], audience: str | None, before: Principal | None = None
) -> Entered | Failure:
    """Whom a token, or else the handshake, stands for. `before` is whose the open socket is, which `token` renews."""
    request = request_of(opening.scope)
    try:
        issuer = conf.issuer(request)
    except UnknownIssuer as error:
        return Failure(UnknownIssuer, str(error))
    outcome = _outcome(request, opening, token, audience, issuer)
    if isinstance(outcome, Failure):
        return outcome
    refused = _unfit(outcome, opening.origin, frozenset(scopes), before, issuer)
    if refused is not None:
        return refused
    tested = aliases.in_test_transaction(aliases.sessions_alias())
    return Entered(outcome, issuer, aliases.current_context(), open_sockets.question(issuer), tested)


def origin_refusal(opening: Opening, by_cookie: bool) -> Failure | None:
    """A `Failure` for a page that may open no socket here (CWE-1385).

    Every page's script may open one, and the browser sends cookies along. So an `Origin` must be that of the API or
    of a client. Where a cookie says who it is, there must be one.
    """
    if opening.origin is None:
        return Failure(OriginNotAllowed, "a cookie says who opens it, and no Origin was sent") if by_cookie else None
    try:
        own = origin_of(conf.issuer(request_of(opening.scope)))
    except UnknownIssuer as error:
        return Failure(UnknownIssuer, str(error))
    everybody = conf.current().clients.values()
    allowed = {own, *(origin for client in everybody for origin in (*client.origins, *client.app_origins))}
    if opening.origin in allowed:
        return None
    return Failure(OriginNotAllowed, "its Origin is neither the API's nor that of a client in BEARER['CLIENTS']")


@sensitive_variables()
def _outcome(
    request: HttpRequest, opening: Opening, token: str, audience: str | None, issuer: str
) -> Principal | Failure:
    if opening.ticket and not token:
        refused = authentication.reject_plain_http(request, one_time_token=opening.ticket)
        if refused is not None:
            return refused
        try:
            found = tickets.redeem(opening.ticket, TicketUse(tickets.SOCKET, request.path))
        except HTTPRefusal as error:
            return Failure(type(error), str(error))
        expected = conf.audience(request) if audience is None else audience
        return found if isinstance(found, Failure) else found.principal(issuer, frozenset((expected,)), request)
    header = f"Bearer {token or opening.token}" if token or opening.token else opening.authorization
    if header:
        request.META["HTTP_AUTHORIZATION"] = header
    outcome = authentication.authenticate_exactly(request, audience)
    return Failure(NotAuthenticated, "no token, ticket or first message") if outcome is None else outcome


def _unfit(
    found: Principal, origin: str | None, scopes: frozenset[str], before: Principal | None, issuer: str
) -> Failure | None:
    """Why a valid token opens or renews no socket here, or None."""
    if found.legacy is not None:
        return Failure(InvalidToken, "a credential of another package opens no socket: its end could not be watched")
    if before is not None and not _is_same(before, found):
        return Failure(InvalidToken, "the token that renews is of another session than the socket")
    client = conf.current().clients.get(found.client_id)
    if (
        origin is not None
        and client is not None
        and origin not in (origin_of(issuer), *client.origins, *client.app_origins)
    ):
        return Failure(OriginNotAllowed, f"its Origin is not one of client {client.id}")
    if not found.has_scopes(*scopes):
        return Failure(InsufficientScope, f"the token lacks one of the scopes {' '.join(sorted(scopes))}")
    return None


def _is_same(one: Principal, other: Principal) -> bool:
    """Whether two tokens are of one session and user."""
    same = one.session_id is not None and one.session_id == other.session_id
    return same and one.claims is not None and other.claims is not None and one.claims.sub == other.claims.sub
