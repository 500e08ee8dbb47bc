"""What this server offers, for programs: OAuth authorization server metadata (RFC 8414)."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from .. import conf
from .jwks import MAX_AGE

PATHS = {"jwks_uri": "django_bearer_well_known:jwks"}


@login_not_required
@require_safe
def metadata_view(request: HttpRequest) -> HttpResponse:
    """The metadata document (RFC 8414 section 2). Only what is really served is named."""
    issuer = conf.issuer(request)
    document = {"issuer": issuer, "response_types_supported": []}
    for name, route in PATHS.items():
        try:
            document[name] = _absolute(issuer, reverse(route))
        except NoReverseMatch:
            continue
    document = {name: value for name, value in document.items() if value}
    response = JsonResponse(document)
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _absolute(issuer: str, path: str) -> str:
    """A path on the issuer's own host, never on the Host header of whoever asked (CS-03)."""
    parts = urlsplit(issuer)
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
