"""The public keys, for services that verify our access tokens themselves (RFC 7517)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from .. import conf
from ..database import issuers, signing_keys
from ..errors import TemporarilyUnavailable
from ..http.challenge import refusal_answer
from ..http.error_responses import respond
from ..keys.jwks import publish

MAX_AGE = 300
"""Seconds a verifier may keep the set: a new key is published at least this long before it signs."""


@login_not_required
@require_safe
def jwks_view(request: HttpRequest) -> HttpResponse:
    """The JSON Web Key Set (RFC 7517 section 5)."""
    issuer = conf.issuer(request)
    try:
        ring = signing_keys.ring(issuer, at_least=issuers.state(issuer, None).ring_version)
    except TemporarilyUnavailable as error:
        return respond(refusal_answer(error))  # verifiers keep the set that they have
    response = JsonResponse(publish(ring), content_type="application/jwk-set+json")
    response["Cache-Control"] = kept_for_a_while() if ring.signing else "no-store"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def kept_for_a_while() -> str:
    """Who may keep what an issuer publishes (RFC 9111 section 5.2.2).

    Which tenant an `ISSUER` that is a callable makes of a request is its own affair. No `Vary` of ours could name
    what it looks at, so no cache that several share may keep its answer.
    """
    return f"{'private' if callable(conf.current().issuer) else 'public'}, max-age={MAX_AGE}"
