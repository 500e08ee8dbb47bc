"""Whether a request can be decided without reading anything: under ASGI it then needs no thread.

Pure, but for the copies in memory. Where it takes a thread by mistake, that costs a little. Where it takes none by
mistake, Django refuses to read outside of a thread, and the middleware decides again in one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.principal import Principal
from ..database import aliases
from ..errors import Failure
from ..sessions.feed_verification import authenticate_in_memory
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


@lru_cache(maxsize=16)
def all_async(names: tuple[str, ...]) -> bool:
    """Whether no middleware needs a thread, in which it could hold a transaction open around our decision."""
    return all(getattr(import_string(name), "async_capable", False) for name in names)


def for_view(request: HttpRequest, view: Any) -> bool:
    """Whether the decision for a view reads nothing: no token, or one that what is in memory decides."""
    if ticket_requests.are_sent(request):
        return False
    if authentication.sends_token(request):
        safe = request.method in SAFE_METHODS or not settings.CSRF_USE_SESSIONS
        return safe and _has_one_place() and _decide_in_memory(request, audience_of(view))
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


def _decide_in_memory(request: HttpRequest, audience: str | None) -> bool:
    """Decide for the token of a request by what it is, by the keys in memory and by the feed, where that suffices."""
    found = authentication.found_in(request)
    if isinstance(found, Failure):
        return True
    if not isinstance(found, Bearer) or found.scheme != "bearer" or legacy_credentials.are_registered():
        return False
    issuer = conf.issuer(request)
    try:
        outcome = _outcome(found.token, issuer, audience)
        if outcome is not None:
            expected = conf.audience(request) if audience is None else audience
            authentication.keep(request, expected, issuer, outcome)
    except SynchronousOnlyOperation:
        return False
    return outcome is not None


@sensitive_variables()
def _outcome(token: str, issuer: str, audience: str | None) -> Principal | Failure | None:
    """The feed may also accept, where nobody else is to be asked and no thread has a transaction of this request."""
    config = conf.current()
    expected = config.audience if audience is None else audience
    if config.revocation != conf.FEED or config.request_policy is not None or not isinstance(expected, str):
        return refuse_in_memory(token, issuer)
    if not all_async(tuple(settings.MIDDLEWARE)):
        return refuse_in_memory(token, issuer)
    accepted = authenticate_in_memory(token, issuer=issuer, audiences=frozenset((expected,)))
    return refuse_in_memory(token, issuer) if accepted is None else accepted


def _has_one_place() -> bool:
    """Whether there is one issuer and one place for its keys, which no thread may have switched."""
    return isinstance(conf.current().issuer, str) and not settings.DATABASE_ROUTERS and aliases.has_one_schema()
