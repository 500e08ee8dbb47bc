"""Which requests come from a browser, and which of them may set, use or clear a session's cookie.

A request with Origin or Sec-Fetch-Site comes from a browser: script can neither remove them from a POST nor set them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from ..errors import Failure, OriginNotAllowed
from ..primitives.same_site import is_loopback, origin_of, same_site

CLIENT_HEADER = "HTTP_X_BEARER_CLIENT"
"""A form, an image or a navigation cannot carry it, and script of another origin only after a preflight."""
JSON = "application/json"
ORIGINS = "the client's origins in BEARER['CLIENTS']"
PROXY = "serve the page from the API's own site, or proxy /api through the page's host (docs/guide/browser.md)"


def is_browser(meta: Mapping[str, object]) -> bool:
    """Whether a page in a browser sent this. Node's fetch sends Sec-Fetch-Mode alone, and is none."""
    return "HTTP_ORIGIN" in meta or "HTTP_SEC_FETCH_SITE" in meta


def refusal(meta: Mapping[str, object], allowed: Collection[str], own: str, client_id: str) -> Failure | None:
    """A `Failure` for a browser's request that may not touch a cookie. Pure.

    `allowed` are the exact origins of the client's pages, `own` the API's origin, `client_id` the client that the
    session would be of. Every rule by itself stops a forged request; together they leave no browser behind (OWASP
    ASVS 3.5.1).
    """
    origin = meta.get("HTTP_ORIGIN")
    site = str(meta.get("HTTP_SEC_FETCH_SITE") or "")
    if str(meta.get("HTTP_SEC_FETCH_MODE") or "") == "navigate":
        return Failure(OriginNotAllowed, "a navigation or a form: call it with fetch()")
    if site not in ("", "same-origin", "same-site"):
        return Failure(OriginNotAllowed, f"Sec-Fetch-Site is {site!r}: {PROXY}")
    if origin is None and site != "same-origin":
        return Failure(OriginNotAllowed, "no Origin was sent; does a proxy take it away?")
    if origin is not None and origin not in allowed:
        return Failure(OriginNotAllowed, _why(str(origin), own))
    if str(meta.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower() != JSON:
        return Failure(OriginNotAllowed, f"the body is not declared as {JSON}")
    if meta.get(CLIENT_HEADER) != client_id:
        return Failure(
            OriginNotAllowed, f"the header X-Bearer-Client is missing, or does not name client {client_id}"
        )
    return None


def _why(origin: str, own: str) -> str:
    shown = origin if origin.isascii() and origin.isprintable() and len(origin) < 200 else "unreadable"
    if _same_host(shown, own):
        return f"Origin {shown} is not that of ISSUER: open the address in ISSUER, {own}{_other_way(shown, own)}"
    if shown == "null" or not same_site(shown, own):
        return f"Origin {shown} is of another site than the API: {PROXY}"
    return f"Origin {shown} is not among {ORIGINS}"


def _same_host(origin: str, own: str) -> bool:
    """Whether two origins differ in scheme, port or the name of the developer's own machine only."""
    if not origin_of(origin) or not origin_of(own):
        return False
    return urlsplit(origin).hostname == urlsplit(own).hostname or (is_loopback(origin) and is_loopback(own))


def _other_way(origin: str, own: str) -> str:
    """What the settings allow besides; plain HTTP under the API's own name they do not."""
    return f", or add this origin to {ORIGINS}" if same_site(origin, own) or is_loopback(origin) else ""
