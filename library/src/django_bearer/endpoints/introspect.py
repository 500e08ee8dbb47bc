"""Introspect: another service asks if a token is good and what it says (RFC 7662), signed on demand (RFC 9701)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts.principal import Principal
from ..api_tokens.issue_and_revoke import CLIENT
from ..database import issuers, signing_keys, unusable_keys
from ..database.api_token_read import ApiTokenState
from ..errors import Failure, InvalidClient, InvalidRequest, TemporarilyUnavailable
from ..http import authentication
from ..http.challenge import NO_STORE, Answer
from ..http.public_views import checks_credentials
from ..primitives import clock
from ..rate_limits import rules
from ..sessions.access_tokens import subject
from ..tokens.jws import MAX_LENGTH, sign
from .base import check_limits, endpoint, read_form, text, unwrap
from .calling_client import confidential_caller

SIGNED = "token-introspection+jwt"
"""RFC 9701 section 5: the type of the signed answer, in Accept, in Content-Type and in the header of the JWT."""
MEDIA_TYPE = f"application/{SIGNED}"
INACTIVE: Mapping[str, Any] = {"active": False}


@sensitive_variables()
def introspect(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """What an access token says, to a service whose audience it is for; `{"active": false}` for every other token.

    It is authenticated as in a request, so active means that a view would accept it now. A refresh token is for its
    client and this server alone, and is never active here.
    """
    token = text(members, "token", MAX_LENGTH)
    unwrap(authentication.reject_plain_http(request, access_token=token))
    asker = _asker(request, members)
    text(members, "token", MAX_LENGTH, required=True)
    check_limits(rules.introspection(asker))
    outcome = authentication.verify_token_for_any(token, _audiences(request, asker), request)
    if isinstance(outcome, Failure) and outcome.error is TemporarilyUnavailable:
        raise outcome.exception()  # "not active" would be taken for an answer
    found = described(outcome) if isinstance(outcome, Principal) else INACTIVE
    events.publish(
        events.EventKind.TOKEN_INTROSPECTED,
        client_id=asker,
        details={"answer": "active" if found["active"] else "inactive"},
    )
    if request.get_preferred_type(["application/json", MEDIA_TYPE]) == MEDIA_TYPE:
        return Answer(200, None, {**NO_STORE, "Content-Type": MEDIA_TYPE}, _signed(request, asker, found))
    return Answer(200, found, NO_STORE)


@sensitive_variables()
def _asker(request: HttpRequest, members: Mapping[str, Any]) -> str:
    """The client that asks: one with a secret, or the one whose user's token carries `INTROSPECTION_SCOPE`."""
    client = confidential_caller(request, members)
    bearer = authentication.authenticate_exactly(request)
    if client is not None and bearer is not None:
        raise InvalidRequest("a client secret and a bearer token: one of the two is enough (RFC 6749 section 2.3)")
    if client is not None:
        return client.id
    scope = conf.current().introspection_scope
    if bearer is None or not scope:
        raise InvalidClient("introspection is for clients with a secret, or for bearers with INTROSPECTION_SCOPE")
    principal: Principal = unwrap(authentication.require_principal(request, scope))
    return principal.client_id


def _audiences(request: HttpRequest, asker: str) -> frozenset[str]:
    """What tokens may be for so that the asker is told of them: its own audiences (section 4)."""
    client = conf.current().clients.get(asker)
    return frozenset(client.audiences if client is not None and client.audiences else (conf.audience(request),))


def described(principal: Principal) -> Mapping[str, Any]:
    """The members of an active answer, by their registered names and types (section 2.2)."""
    scope = " ".join(sorted(principal.scopes))
    if principal.api_token is not None:
        members = _api_token(principal.api_token)
    elif principal.claims is not None:
        members = principal.claims.payload()
        del members["epochs"]
    return {**members, "active": True, "token_type": "Bearer", "scope": scope}


def _api_token(row: ApiTokenState) -> dict[str, Any]:
    """An API token in the same words; its `sub` can be no user's where a service owns it (RFC 9700 section 4.15)."""
    owner = f"service:{row.service_id}" if row.service_id else subject(row.user)
    return {
        "iss": row.issuer,
        "aud": row.audience,
        "sub": owner,
        "jti": str(row.id),
        "iat": row.created_at // clock.SECOND,
        "exp": row.expires_at // clock.SECOND,
        "client_id": CLIENT,
    }


@sensitive_variables()
def _signed(request: HttpRequest, asker: str, found: Mapping[str, Any]) -> str:
    """The answer as a JWT that no view takes for an access token: another type, and no `sub`, `exp` or `scope` of its
    own (RFC 9701 sections 5 and 8)."""
    issuer = conf.issuer(request)
    state = issuers.state(issuer, None)
    ring = signing_keys.ring_with_keys(issuer, at_least=state.ring_version)
    payload = {
        "iss": issuer,
        "aud": asker,
        "iat": state.now // clock.SECOND,
        "token_introspection": dict(found),
    }
    return sign(payload, unusable_keys.signer(ring, issuer), SIGNED)


introspect_view = checks_credentials(endpoint(introspect, read_form))
