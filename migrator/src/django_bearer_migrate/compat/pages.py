"""Pages in browsers at the compatible endpoints: which of them get a session, and how its refresh token reaches them.

A page gets our `__Host-` cookie where its request may set one. A page that cannot be changed at once is a client of
the kind `legacy-browser`, known by its exact origin, and has its refresh token in the body until that client's date.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest

from django_bearer import TokenDelivery, require_page
from django_bearer.errors import HTTPRefusal

from .. import clock, settings
from ..settings import Entry
from ..trades import Receiver, is_browser

KIND = "legacy-browser"
HEADER = "HTTP_X_BEARER_CLIENT"


def legacy_client(request: HttpRequest) -> str:
    """The client of the kind `legacy-browser` whose page asks; empty for every other request.

    A page that names another client in `X-Bearer-Client` is one that has been changed.
    """
    origin, named = request.META.get("HTTP_ORIGIN"), request.META.get(HEADER)
    for name, members in _clients().items():
        ours = isinstance(members, Mapping) and members.get("kind") in (KIND, [KIND], (KIND,))
        if ours and origin in list(members.get("origins", ())) and named in (None, name):
            return str(name) if _is_current(members.get("until")) else ""
    return ""


def _clients() -> Mapping[Any, Any]:
    found = getattr(django_settings, "BEARER", {}).get("CLIENTS")
    return found if isinstance(found, Mapping) else {}


def _is_current(until: Any) -> bool:
    try:
        return clock.seconds() < settings.end_of(until)
    except ValueError:
        return False


def receiver(request: HttpRequest, entry: Entry) -> Receiver | None:
    """Who gets the session that an old token becomes; None for a page that may not have its cookie set."""
    if not is_browser(request):
        return Receiver(entry.client_id)
    if legacy := legacy_client(request):
        return Receiver(legacy)
    try:
        require_page(request, client_id=entry.client_id)
    except HTTPRefusal:
        return None
    return Receiver(entry.client_id, TokenDelivery.COOKIE)
