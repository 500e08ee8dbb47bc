"""Another header for the token, where a proxy in front keeps `Authorization` for itself: `TOKEN_HEADER`.

The token takes the place of what `Authorization` said, before anything else looks. So there is one header by which a
token comes, and all that follows needs to know one name only.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..errors import ConfigurationError

USUAL = "Authorization"
_PLACE = "HTTP_AUTHORIZATION"


def configured() -> str:
    """The header's name where it is not the usual one; empty otherwise, and with settings that cannot be used."""
    try:
        name = conf.current().token_header
    except ConfigurationError:
        return ""
    return "" if name == USUAL else name


@sensitive_variables()
def move(request: HttpRequest, name: str) -> None:
    """Let this header's value stand in `Authorization`, whose own value is the proxy's and says nothing here."""
    request.META.pop(_PLACE, None)
    key = "HTTP_" + name.upper().replace("-", "_")
    if key in request.META:
        request.META[_PLACE] = request.META.pop(key)
    vars(request).pop("headers", None)  # Django reads them once


def patch_vary(response: HttpResponseBase, name: str) -> None:
    """Where a response varies on `Authorization`, it varies on the header that was read in its place."""
    said = str(response.headers.get("Vary", "")).lower()
    if USUAL.lower() in (one.strip() for one in said.split(",")):
        patch_vary_headers(response, (name,))
