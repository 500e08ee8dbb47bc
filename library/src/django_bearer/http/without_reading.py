"""Whether a request can be decided without reading anything: under ASGI it then needs no thread.

Pure, but for the copies in memory. Where it takes a thread by mistake, that costs a little. Where it takes none by
mistake, Django refuses to read outside of a thread, and the middleware decides again in one.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .. import conf
from ..database import aliases
from ..errors import Failure
from ..sessions.verification import refuse_in_memory
from . import authentication, deferred, legacy_credentials, route_access, ticket_requests
from .audience import audience_of
from .bearer_header import Bearer
from .https import Transport

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def before_view(request: HttpRequest) -> bool:
    """Whether what comes before the middleware below reads nothing: an exposed token would be revoked."""
    harmless = request.method in SAFE_METHODS and not authentication.sends_token(request)
    harmless = harmless and not ticket_requests.are_carried(request)
    if request.is_secure() or harmless:
        return True
    return authentication.transport_of(request) is Transport.ALLOWED


def for_view(request: HttpRequest, view: Any) -> bool:
    """Whether the decision for a view reads nothing: no token, or one that is refused by what it is."""
    if ticket_requests.are_sent(request):
        return False
    if authentication.sends_token(request):
        safe = request.method in SAFE_METHODS or not settings.CSRF_USE_SESSIONS
        return safe and _has_one_place() and _refuse_in_memory(request, audience_of(view))
    return route_access.is_public(request, view) or (not request.META.get("HTTP_COOKIE") and _is_nobodys(request))


def after_view(request: HttpRequest) -> bool:
    """Whether what comes after the view reads nothing: no page of a closed route is to be held back."""
    if ticket_requests.are_sent(request):
        return False
    return deferred.is_final(request) or not authentication.sends_token(request)


def _is_nobodys(request: HttpRequest) -> bool:
    """Whether the user of a request without cookies is known to be anonymous without asking code of the project's."""
    user = vars(request).get("user")
    if user is None or type(user) is AnonymousUser:
        return True
    made_by = vars(user).get("_setupfunc") if isinstance(user, SimpleLazyObject) else None
    return getattr(made_by, "__module__", None) == AuthenticationMiddleware.__module__


def _refuse_in_memory(request: HttpRequest, audience: str | None) -> bool:
    """Refuse the token of a request by what it is and by the keys in memory. Whether it was refused."""
    found = authentication.found_in(request)
    if isinstance(found, Failure):
        return True
    if not isinstance(found, Bearer) or found.scheme != "bearer" or legacy_credentials.are_registered():
        return False
    issuer = conf.issuer(request)
    try:
        refused = refuse_in_memory(found.token, issuer)
        expected = conf.audience(request) if audience is None else audience
    except SynchronousOnlyOperation:
        return False
    if refused is not None:
        authentication.keep(request, expected, issuer, refused)
    return refused is not None


def _has_one_place() -> bool:
    """Whether there is one issuer and one place for its keys, which no thread may have switched."""
    return isinstance(conf.current().issuer, str) and not settings.DATABASE_ROUTERS and aliases.has_one_schema()
