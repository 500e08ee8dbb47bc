"""Authentication: the one way from a request to a principal. Every integration and endpoint calls it.

    credentials → transport → authentication → Principal | Failure | None

None is a request that carries no bearer token. The outcome is kept on the request for all that it was based on: the
database and schema, the issuer, the audience that a view expects, the URLconf. Where one of them has changed since,
as by a middleware for tenants, it is decided again; a token for one tenant or API opens no view of another (RFC 9700
section 2.3).
"""

from __future__ import annotations

from typing import Any

from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import request_policy
from ..accounts.principal import Principal
from ..api_tokens import usage
from ..database import aliases
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
from ..primitives.redaction import redact_locals
from ..sessions import feed_verification
from ..sessions.tickets import Redemption
from ..sessions.verification import authenticate
from . import by_feed, client_address, exposed_tokens, https, legacy_credentials
from .bearer_header import Bearer, TokenSources, declared_length, names_one, of_usual_form, read
from .https import RequestTransport, Transport
from .request_state import Basis, RequestState

Outcome = Principal | Failure | None

_STATE = "_django_bearer_outcome"
_FORM = "application/x-www-form-urlencoded"
_MAX_FORM = 65_536
TRANSPORT_HINT = (
    "Behind a TLS proxy set SECURE_PROXY_SSL_HEADER (and BEARER['TRUSTED_PROXIES']);"
    " in development set DEBUG or BEARER['DANGEROUSLY_ALLOW_HTTP_FROM']."
)
NOT_OURS = Failure(InvalidToken, "the scheme is that of another package")


def authenticate_request(request: HttpRequest, audience: str | None = None) -> Outcome:
    """Authenticate a request by its bearer token, for a view or an endpoint.

    `audience` is the one the view expects, None for the server's own. Returns a `Principal`, a `Failure` when a token
    was sent and is refused, None when none was sent.
    """
    _state(request).asked = True
    return authenticate_for_middleware(request, audience)


def authenticate_for_middleware(request: HttpRequest, audience: str | None = None) -> Outcome:
    """Authenticate every request. Unlike `authenticate_request` it does not record that the view asked."""
    kept = _state(request)
    outcome = _outcome(request, kept, audience)
    if isinstance(outcome, Principal) and outcome.session_id is None:
        _record(request, kept, outcome)
    return outcome


def _record(request: HttpRequest, kept: RequestState, principal: Principal) -> None:
    """Record once that an API token or a credential of another package was used."""
    if id(principal) in kept.recorded:
        return
    kept.recorded.add(id(principal))
    if principal.api_token is not None:
        usage.note(principal.api_token, client_address.of(request))
    if principal.legacy is not None:
        legacy_credentials.note_use(request, principal.legacy)


def authenticate_unrecorded(request: HttpRequest, audience: str | None = None) -> Outcome:
    """Authenticate without recording the use of an API token, for code that runs before the view is known."""
    return _outcome(request, _state(request), audience)


def _outcome(request: HttpRequest, kept: RequestState, audience: str | None) -> Outcome:
    if kept.found is None:
        return None
    refused = _refused_over_plain_http(request, kept)
    if refused is not None:
        return refused
    if isinstance(kept.found, Failure):
        return kept.found
    config = conf.current()
    try:
        issuer = config.issuer if isinstance(config.issuer, str) else conf.issuer(request)
    except UnknownIssuer as error:
        return Failure(UnknownIssuer, str(error))
    expected = audience  # an empty one stays what it is, and is that of no token
    if expected is None:
        expected = config.audience if isinstance(config.audience, str) else conf.audience(request)
    basis = Basis(aliases.current_context(), issuer, expected, getattr(request, "urlconf", None))
    known = kept.outcomes.get(basis)
    if known is None:
        known = kept.outcomes[basis] = _decide(request, kept.found, basis)
        kept.has_policy = config.request_policy is not None
    return kept.judged(request, known) if kept.has_policy else known


def found_in(request: HttpRequest) -> Bearer | Redemption | Failure | None:
    """What a request sent, not yet authenticated."""
    return _state(request).found


def keep(request: HttpRequest, audience: str, issuer: str, outcome: Principal | Failure) -> None:
    """Keep the outcome for a request's token, for a project with one issuer, one place and no policy."""
    basis = Basis(aliases.current_context(), issuer, audience, getattr(request, "urlconf", None))
    _state(request).outcomes.setdefault(basis, outcome)
    https.state.seen |= isinstance(outcome, Principal) and request.is_secure()


def sends_token(request: HttpRequest) -> bool:
    """Whether the request has a bearer token, valid or malformed."""
    kept: RequestState | None = request.__dict__.get(_STATE)
    return (kept or _state(request)).found is not None


def admit(request: HttpRequest, found: Redemption | Failure) -> None:
    """Let what became of a request's ticket count in place of a token."""
    _state(request).found = found


def authenticate_exactly(request: HttpRequest, audience: str | None = None) -> Outcome:
    """`authenticate_request`, with the database asked also in feed mode; from now on for all of this request."""
    ask_exactly(request)
    return authenticate_request(request, audience)


def ask_exactly(request: HttpRequest) -> None:
    """Ask the database from now on, and forget what was decided by the feed."""
    kept = _state(request)
    kept.exact = True
    by_feed.forget(kept.outcomes)


def lost(request: HttpRequest) -> Failure | None:
    """Why the token of this request is refused after all, found out when its user was read; None where it is not."""
    return by_feed.lost(_state(request).outcomes)


def decided(request: HttpRequest) -> Outcome:
    """What was decided last, for whoever only describes the request; None where no token was sent or read."""
    kept: RequestState | None = request.__dict__.get(_STATE)
    if kept is None or kept.found is None:
        return None
    if kept.plain_http is not None and kept.plain_http[0] is not None:
        return kept.plain_http[0]
    if kept.outcomes:
        return list(kept.outcomes.values())[-1]
    return kept.found if isinstance(kept.found, Failure) else None


def view_authenticated(request: HttpRequest) -> bool:
    """Whether a view or an endpoint called `authenticate_request`."""
    return _state(request).asked


def _state(request: HttpRequest) -> RequestState:
    # No local name for the header, nor for what holds it: the page of an error shows them.
    found: RequestState | None = request.__dict__.get(_STATE)
    if found is None:
        found = _read_request(request) if request.META.get("HTTP_AUTHORIZATION") else RequestState(None)
        request.__dict__[_STATE] = found
    return found


@redact_locals
@sensitive_variables()
def _read_request(request: HttpRequest) -> RequestState:
    if request.content_type != _FORM and not names_one(str(request.META.get("QUERY_STRING") or "")):
        usual = of_usual_form(str(request.META["HTTP_AUTHORIZATION"]))  # and nothing could come beside it
        if usual is not None:
            return RequestState(usual)
    sources = token_sources(request)
    found = read(sources)
    return RequestState(legacy_credentials.read(sources) if found is None and sources.authorization else found)


@redact_locals
@sensitive_variables()
def _decide(request: HttpRequest, sent: Bearer | Redemption, basis: Basis) -> Principal | Failure:
    """Ours first: only what is no valid token of ours may be one of another package."""
    if isinstance(sent, Redemption):
        return sent.authenticated(basis.issuer, frozenset((basis.audience,)))
    outcome: Principal | Failure = NOT_OURS
    if legacy_credentials.carries_ours(sent.scheme):
        audiences = frozenset((basis.audience,))
        if _state(request).exact or conf.current().revocation != conf.FEED:
            outcome = authenticate(sent.token, issuer=basis.issuer, audiences=audiences, place=basis.place[:2])
        else:
            outcome = feed_verification.authenticate(sent.token, issuer=basis.issuer, audiences=audiences)
    if isinstance(outcome, Failure) and outcome.error is InvalidToken:
        legacy = legacy_credentials.authenticate(request, sent, basis.audience)
        outcome = outcome if legacy is None else legacy  # a `Failure`, which is false, says more than ours
    if isinstance(outcome, Principal) and not https.state.seen:
        https.state.seen = request.is_secure()
    return outcome


def refuse_plain_http_token(request: HttpRequest) -> Failure | None:
    """A `Failure` for a request with a token over plain HTTP; checked before anything else."""
    kept = _state(request)
    return None if kept.found is None else _refused_over_plain_http(request, kept)


def _refused_over_plain_http(request: HttpRequest, kept: RequestState) -> Failure | None:
    if kept.plain_http is None:
        refused = None if request.is_secure() else _refuse_plain_http_token(request, kept.found)
        kept.plain_http = (refused,)
    return kept.plain_http[0]


@sensitive_variables()
def _refuse_plain_http_token(request: HttpRequest, found: Bearer | Redemption | Failure | None) -> Failure | None:
    if isinstance(found, Redemption):
        return reject_plain_http(request)
    if isinstance(found, Bearer):
        return reject_plain_http(request, access_token=found.token)
    if found is None:
        return None
    exposed = refuse_exposed_tokens(request, str(request.META.get("HTTP_AUTHORIZATION")))
    return reject_plain_http(request) if exposed is None else exposed


def transport_of(request: HttpRequest) -> Transport:
    """Whether a request came over HTTPS, as far as the settings tell."""
    if request.is_secure():
        return Transport.SECURE
    config = conf.current()
    return https.classify_transport(
        RequestTransport(
            is_secure=False,
            meta=request.META,
            plain_from=config.http_allowed_from,
            trusted=config.trusted_proxies,
            https_seen=https.state.seen,
        )
    )


@sensitive_variables()
def reject_plain_http(
    request: HttpRequest, access_token: str = "", refresh_token: str = "", one_time_token: str = ""
) -> Failure | None:
    """A `Failure` when the request came over plain HTTP, or may have; then its tokens may be revoked.

    Called before a token or a password is checked.
    """
    found = transport_of(request)
    if found in (Transport.SECURE, Transport.ALLOWED):
        return None
    address = client_address.prefix(client_address.client(request.META, conf.current().trusted_proxies))
    if found is Transport.SURE:
        try:
            revoked = exposed_tokens.revoke(request, access_token, refresh_token, one_time_token)
        except DatabaseError as error:  # such as tables that are not there before a tenant is chosen
            events.logger.error("a token came over plain HTTP and was not revoked: %s", type(error).__name__)
            revoked = exposed_tokens.NOTHING
        tell = events.publish_sampled if revoked == exposed_tokens.NOTHING else events.publish
        tell(events.EventKind.PLAIN_HTTP, address=address, details={"revoked": revoked})
        return Failure(InsecureTransport, "a credential came over plain HTTP; redirect clients before they send one")
    events.publish_sampled(events.EventKind.TRANSPORT_UNKNOWN, address=address, details={"hint": TRANSPORT_HINT})
    return Failure(TransportUnknown, f"Django takes this request for plain HTTP. {TRANSPORT_HINT}")


@sensitive_variables()
def refuse_exposed_tokens(request: HttpRequest, text: str) -> Failure | None:
    """`reject_plain_http` for a request that is refused for another reason; `text` may contain its tokens."""
    if transport_of(request) in (Transport.SECURE, Transport.ALLOWED):
        return None
    refusals = [reject_plain_http(request, each, each, each) for each in exposed_tokens.tokens_in(text)]
    return next(iter(refusals), None)


@sensitive_variables()
def token_sources(request: HttpRequest) -> TokenSources:
    """Where this request could carry a token."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if not header:
        return TokenSources()
    return TokenSources((str(header),), str(request.META.get("QUERY_STRING") or ""), _form(request))


def _form(request: HttpRequest) -> bytes:
    """A small form body, to see whether it names a second token. Larger ones and other types are left unread."""
    if request.content_type != _FORM or not 0 < declared_length(request.META) <= _MAX_FORM:
        return b""
    return bytes(request.body)


def missing_token_reason(request: HttpRequest) -> str:
    """The reason of a request without a bearer token, in words."""
    other = "; the Authorization header is of another scheme" if request.META.get("HTTP_AUTHORIZATION") else ""
    return f"no bearer token was sent{other}"


def require_principal(request: HttpRequest, *scopes: str, audience: str | None = None) -> Principal | Failure:
    """The principal of a request, with these scopes and this audience; a `Failure` without one."""
    outcome = authenticate_request(request, audience)
    if outcome is None:
        return Failure(NotAuthenticated, missing_token_reason(request))
    if isinstance(outcome, Principal) and not outcome.has_scopes(*scopes):
        return Failure(InsufficientScope, f"the token lacks one of the scopes {' '.join(scopes)}")
    return outcome


def require_session(request: HttpRequest) -> Principal | Failure:
    """The principal of a request that must come from a session and not from an API token. The database is asked."""
    ask_exactly(request)
    outcome = require_principal(request)
    if isinstance(outcome, Principal) and outcome.session_id is None:
        return Failure(SessionRequired, "an API token was sent, and this requires a session")
    return outcome


@redact_locals
@sensitive_variables()
def verify_token(token: str, request: Any = None, audience: str | None = None) -> Principal | Failure:
    """The principal of a token that did not come in a header. The caller checks the transport."""
    expected = conf.audience(request) if audience is None else audience
    return verify_token_for_any(token, frozenset((expected,)), request)


@redact_locals
@sensitive_variables()
def verify_token_for_any(token: str, audiences: frozenset[str], request: Any = None) -> Principal | Failure:
    """The principal of a token for any of these audiences. Without audiences every token is refused."""
    if not isinstance(token, str) or not token:  # a view may hand over whatever a body had in its place
        return Failure(InvalidToken, "no token")
    return request_policy.judged(authenticate(token, issuer=conf.issuer(request), audiences=audiences))
