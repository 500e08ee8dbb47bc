"""Cache headers: no cache gives the response to one user to another (RFC 9111 sections 3.5 and 4.1).

`Vary` is for every cache, the browser's own too, whose next user may be another person. `private` is for shared
caches, unless the view allows them to store the response.
"""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import has_vary_header, patch_cache_control, patch_vary_headers

from ..errors import Failure
from . import authentication
from .challenge import REQUEST_ID, challenge, headers, note

VARY = ("Authorization", "Cookie")
_VARY_BOTH = ", ".join(VARY)
_SAYS_SO = frozenset({"", "*", *map(str.lower, VARY)})
"""Where `Vary` has none of these, both names are added at its end."""
EXPLICIT = frozenset({"public", "s-maxage", "must-revalidate", "private", "no-store"})
"""Directives by which a view says itself who may store its response (RFC 9111 sections 3.5 and 5.2.2)."""
_DECIDED = "_django_bearer_decided"


def mark_authenticated(request: HttpRequest) -> None:
    """Note that the route requires authentication, so that its response depends on a credential."""
    vars(request)[_DECIDED] = True


def patch_cache_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set `Vary` and `Cache-Control` on a response that depends on a credential. May be called twice."""
    if authentication.sends_token(request) or _DECIDED in vars(request):
        varied = _varied(response.headers.get("Vary"))
        if varied is None:
            patch_vary_headers(response, VARY)
        else:
            response.headers["Vary"] = varied
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private"
        elif not EXPLICIT & directives(response):
            patch_cache_control(response, private=True)
    elif authentication.view_authenticated(request) or _varies_on_cookie(response):
        # An answer that names the cookie's user depends on the token, too: with one, the cookie is not asked.
        patch_vary_headers(response, VARY[:1])


@lru_cache(maxsize=64)
def _varied(said: str | None) -> str | None:
    """`Vary` with both names at its end; None where it has one of them, or an asterisk."""
    if said is None:
        return _VARY_BOTH
    return f"{said}, {_VARY_BOTH}" if _SAYS_SO.isdisjoint(one.strip().lower() for one in said.split(",")) else None


def _varies_on_cookie(response: HttpResponseBase) -> bool:
    said = response.headers.get("Vary")
    return said is not None and "cookie" in said.lower() and has_vary_header(response, "Cookie")


def directives(response: HttpResponseBase) -> frozenset[str]:
    """The names of the directives in Cache-Control."""
    said = str(response.headers["Cache-Control"])
    return frozenset(one.partition("=")[0].strip().lower() for one in said.split(","))


def patch_challenge(response: HttpResponseBase, refused: Failure) -> None:
    """Add the challenge of a refused token to the response of a public view (RFC 9110 section 11.6.1)."""
    said = response.headers
    if "WWW-Authenticate" in said and REQUEST_ID in said:
        return  # the view said so itself, or it was refused before the view
    error = refused.exception()
    said.setdefault("WWW-Authenticate", headers(error).get("WWW-Authenticate") or challenge(None))
    if REQUEST_ID not in said:
        said[REQUEST_ID] = note(error)
