"""The guard: the one pipeline from a request to a principal. Every adapter and endpoint asks it; nobody else decides.

    credentials → transport → authentication → Principal | Failure | None

None is a request that carries no bearer token. The outcome is kept on the request for each audience that a view
expects, so each is asked once, and a token for one API opens no view of another (OB-09).
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..errors import (
    Failure,
    InsecureTransport,
    InsufficientScope,
    InvalidToken,
    NotAuthenticated,
    SessionRequired,
    TransportUnknown,
    UnknownIssuer,
)
from ..sessions import api_tokens, last_use, revocation
from ..sessions.authentication import authenticate
from ..sessions.principal import Principal
from ..sessions.rotation import prove
from ..storage import place
from ..veil import veiled
from . import source, transport
from .credentials import Carriers, declared_length, read
from .exposed_tokens import tokens_in
from .transport import Transport, Wire

Outcome = Principal | Failure | None

_KEPT = "_django_bearer_outcome"
_FORM = "application/x-www-form-urlencoded"
_MAX_FORM = 65_536
MEND_TRANSPORT = (
    "Behind a TLS proxy set SECURE_PROXY_SSL_HEADER (and BEARER['TRUSTED_PROXIES']);"
    " in development set DEBUG or BEARER['DANGEROUSLY_PLAIN_HTTP_FROM']."
)
NOTHING = "nothing"
FLAGGED = "nothing, an API token was flagged"


def examine(request: HttpRequest, audience: str | None = None) -> Outcome:
    """Who a request comes from, by its bearer token.

    `audience` is the one the view expects, None for the server's own. Returns a `Principal`, a `Failure` when a token
    was sent and is refused, None when none was sent.
    """
    kept: dict[str | None, Outcome] = request.__dict__.setdefault(_KEPT, {})
    if audience not in kept:
        kept[audience] = _examine(request, audience)
    return kept[audience]


@veiled
@sensitive_variables()
def _examine(request: HttpRequest, audience: str | None) -> Outcome:
    found = read(carriers(request))
    if isinstance(found, Failure):
        exposed = refuse_exposed(request, str(request.META.get("HTTP_AUTHORIZATION")))
        return found if exposed is None else exposed
    if found is None:
        return None
    refused = refuse_plain_http(request, access_token=found.token)
    if refused is not None:
        return refused
    try:
        issuer = conf.issuer(request)
    except UnknownIssuer as error:
        return Failure(UnknownIssuer, str(error))
    outcome = authenticate(found.token, issuer=issuer, audiences=_expected(request, audience))
    if isinstance(outcome, Principal):
        transport.state.seen |= request.is_secure()
        if outcome.api_token is not None:
            last_use.note(outcome.api_token, source.of(request))
    return outcome


def transport_of(request: HttpRequest) -> Transport:
    """How a request came, as far as the settings let it be known."""
    if request.is_secure():
        return Transport.SECURE
    config = conf.current()
    return transport.judge(
        Wire(
            is_secure=False,
            meta=request.META,
            plain_from=config.plain_http_from,
            trusted=config.trusted_proxies,
            https_seen=transport.state.seen,
        )
    )


@sensitive_variables()
def refuse_plain_http(request: HttpRequest, access_token: str = "", refresh_token: str = "") -> Failure | None:
    """A `Failure` when the request came over plain HTTP, or may have; the tokens it carried are then revoked or not.

    Asked before anything believes a token or a password.
    """
    found = transport_of(request)
    if found in (Transport.SECURE, Transport.ALLOWED):
        return None
    address = source.prefix(source.client(request.META, conf.current().trusted_proxies))
    if found is Transport.SURE:
        revoked = _revoke_exposed(request, access_token, refresh_token)
        tell = events.sample if revoked == NOTHING else events.publish
        tell(events.Kind.PLAIN_HTTP, source=address, details={"revoked": revoked})
        return Failure(InsecureTransport, "a credential came over plain HTTP; redirect clients before they send one")
    events.sample(events.Kind.TRANSPORT_UNKNOWN, source=address, details={"mend": MEND_TRANSPORT})
    return Failure(TransportUnknown, f"Django takes this request for plain HTTP. {MEND_TRANSPORT}")


@sensitive_variables()
def refuse_exposed(request: HttpRequest, text: str) -> Failure | None:
    """The same for a request that is refused for another reason: `text` is where its tokens are, if it has any."""
    if transport_of(request) in (Transport.SECURE, Transport.ALLOWED):
        return None
    refusals = [refuse_plain_http(request, access_token=each, refresh_token=each) for each in tokens_in(text)]
    return next(iter(refusals), None)


@sensitive_variables()
def _revoke_exposed(request: HttpRequest, access_token: str, refresh_token: str) -> str:
    """Revoke what was exposed: an access token costs its jti, a refresh token its session. Says which."""
    try:
        issuer = conf.issuer(request)
    except UnknownIssuer:
        return NOTHING
    proven = prove(refresh_token, issuer) if refresh_token else None
    principal = authenticate(access_token, issuer=issuer, audiences=conf.audiences(request)) if access_token else None
    if proven is None and not isinstance(principal, Principal):
        return NOTHING
    if proven is None and isinstance(principal, Principal) and principal.api_token is not None:
        # Asked before the breaker, which counts revocations: a careless machine must not use them up.
        return FLAGGED if api_tokens.flag(principal.api_token) else NOTHING
    user = _user_of(principal) if proven is None else revocation.user_of_live_session(proven.session_id)
    if not user:
        return NOTHING  # over already: what is sent again and again must not use up the breaker
    if not transport.state.may_revoke(f"{place.accounts()}/{user}"):
        return "nothing, the breaker is open"
    if proven is not None:
        revocation.end_session(proven.session_id, "plain_http")
        return "session"
    if isinstance(principal, Principal) and principal.claims is not None:
        revocation.revoke_token(principal.claims, "plain_http")
    return "token"


def _user_of(principal: Principal | Failure | None) -> str:
    return str(principal.user.pk) if isinstance(principal, Principal) else ""


@sensitive_variables()
def carriers(request: HttpRequest) -> Carriers:
    """Where this request could carry a token."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if not header:
        return Carriers()
    return Carriers((str(header),), str(request.META.get("QUERY_STRING") or ""), _form(request))


def _form(request: HttpRequest) -> bytes:
    """A small form body, to see whether it names a second token. Larger ones and other types are left unread."""
    if request.content_type != _FORM or not 0 < declared_length(request.META) <= _MAX_FORM:
        return b""
    return bytes(request.body)


def nothing_sent(request: HttpRequest) -> str:
    """The reason of a request without a bearer token, in words."""
    other = "; the Authorization header is of another scheme" if request.META.get("HTTP_AUTHORIZATION") else ""
    return f"no bearer token was sent{other}"


def demand(request: HttpRequest, *scopes: str, audience: str | None = None) -> Principal | Failure:
    """The principal of a request that must have one, with these scopes, by a token for this audience."""
    outcome = examine(request, audience)
    if outcome is None:
        return Failure(NotAuthenticated, nothing_sent(request))
    if isinstance(outcome, Principal) and not outcome.has_scopes(*scopes):
        return Failure(InsufficientScope, f"the token lacks one of the scopes {' '.join(scopes)}")
    return outcome


def demand_session(request: HttpRequest) -> Principal | Failure:
    """The principal of a request that must come from a session: a person at a device, which an API token is not."""
    outcome = demand(request)
    if isinstance(outcome, Principal) and outcome.session_id is None:
        return Failure(SessionRequired, "an API token was sent, and this is for whoever has a session")
    return outcome


@veiled
@sensitive_variables()
def decode(token: str, request: Any = None, audience: str | None = None) -> Principal | Failure:
    """The principal of a token that did not come in a header, by the same checks (the transport is the caller's)."""
    return decode_among(token, _expected(request, audience), request)


@veiled
@sensitive_variables()
def decode_among(token: str, audiences: frozenset[str], request: Any = None) -> Principal | Failure:
    """The same, for a token that may be for any of these audiences; for none when there are none."""
    if not isinstance(token, str) or not token:  # a view may hand over whatever a body had in its place
        return Failure(InvalidToken, "no token")
    return authenticate(token, issuer=conf.issuer(request), audiences=audiences)


def _expected(request: Any, audience: str | None) -> frozenset[str]:
    return frozenset((conf.audience(request) if audience is None else audience,))
