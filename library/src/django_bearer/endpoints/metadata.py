"""What this server offers, for programs: OAuth authorization server metadata (RFC 8414)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from .. import conf
from ..database import signing_keys
from ..errors import TemporarilyUnavailable
from ..http.challenge import refusal_answer
from ..http.error_responses import respond
from .jwks import kept_for_a_while

PATHS = {
    "jwks_uri": "django_bearer_well_known:jwks",
    "revocation_endpoint": "django_bearer:revoke",
    "introspection_endpoint": "django_bearer:introspect",
}
SECRETS = ["client_secret_basic", "client_secret_post"]
"""How a client proves itself (RFC 8414 section 2), as `caller` takes it."""


@login_not_required
@require_safe
def metadata_view(request: HttpRequest) -> HttpResponse:
    """The metadata document (RFC 8414 section 2). Only what is really served is named."""
    issuer = conf.issuer(request)
    try:
        return _document(issuer)
    except TemporarilyUnavailable as error:
        return respond(refusal_answer(error))


def _document(issuer: str) -> HttpResponse:
    document: dict[str, Any] = {"issuer": issuer, "response_types_supported": []}
    for name, route in PATHS.items():
        try:
            document[name] = _absolute(issuer, reverse(route))
        except NoReverseMatch:
            continue
    document |= _particulars(document, issuer)
    document["acr_values_supported"] = list(conf.current().acr_values)  # RFC 9470 section 7
    document = {name: value for name, value in document.items() if value}
    response = JsonResponse(document)
    response["Cache-Control"] = kept_for_a_while()
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _particulars(served: Mapping[str, Any], issuer: str) -> dict[str, Any]:
    """What goes with the endpoints that are served."""
    members: dict[str, Any] = {}
    if "revocation_endpoint" in served:
        members["revocation_endpoint_auth_methods_supported"] = ["none", *SECRETS]
    if "introspection_endpoint" in served:
        by_scope = ["Bearer"] if conf.current().introspection_scope else []
        members["introspection_endpoint_auth_methods_supported"] = [*SECRETS, *by_scope]
        signing = signing_keys.ring(issuer).signing
        members["introspection_signing_alg_values_supported"] = sorted({k.algorithm.name for k in signing.values()})
    return members


def _absolute(issuer: str, path: str) -> str:
    """A path on the issuer's own host, never on the Host header of the request (RFC 8414 section 3.3)."""
    parts = urlsplit(issuer)
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
