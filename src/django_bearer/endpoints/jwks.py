"""The public keys, for whoever verifies our access tokens without asking us."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from .. import conf
from ..keys.jwks import publish
from ..storage import issuers, keys

MAX_AGE = 300
"""Seconds a verifier may keep the set: a new key is published at least this long before it signs."""


@login_not_required
@require_safe
def jwks_view(request: HttpRequest) -> HttpResponse:
    """The JSON Web Key Set (RFC 7517 section 5)."""
    issuer = conf.issuer(request)
    ring = keys.ring(issuer, at_least=issuers.state(issuer, None).ring_version)
    response = JsonResponse(publish(ring), content_type="application/jwk-set+json")
    response["Cache-Control"] = f"public, max-age={MAX_AGE}" if ring.signing else "no-store"
    response["Access-Control-Allow-Origin"] = "*"
    return response
