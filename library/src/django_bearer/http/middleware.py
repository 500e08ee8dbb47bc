"""The middleware: authenticates each request once, outside any view's transaction.

It must be first in `MIDDLEWARE`: above SecurityMiddleware, so that a token on plain HTTP is refused before any
redirect, and above CsrfViewMiddleware. A system check reports another order.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FunctionType
from typing import Any, TypeVar
from weakref import WeakSet

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, resolve
from django.views.decorators.debug import sensitive_variables

from ..accounts import request_policy
from ..database import aliases
from ..database.aliases import DatabaseContext
from ..database.durable_writes import request_scope
from ..errors import Failure, HTTPRefusal, NotAuthenticated
from . import (
    authentication,
    caching,
    cookies,
    cors,
    csrf,
    deferred,
    early_responses,
    last_look,
    limited_authenticate,
    login_page,
    public_routes,
    request_end,
    route_access,
    ticket_requests,
    token_header,
    without_reading,
)
from .audience import audience_of
from .authentication import Outcome
from .bearer_header import declared_length
from .challenge import refusal_answer
from .error_responses import error_response, respond
from .https import Transport

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
MAX_BODY = 16_384
"""Bytes of a body that is looked at; no endpoint takes a longer one."""
CHOSEN_LATE = (
    "a middleware chose the tenant in process_view, after the login was looked up at another one; choose it in"
    " __call__ or process_request (docs/guide/tenants.md)"
)
_BY_LOGIN = "_django_bearer_by_login"
"""On a request: a login of another kind than a token let it into a closed route."""
_REFUSES_PLAIN_HTTP = "django_bearer_answers_in_clear"
View = TypeVar("View", bound=Callable[..., Any])


_with_own_refusal: WeakSet[Any] = WeakSet()


def refuses_plain_http(view: View) -> View:
    """Decorate a view that takes secrets in its body: over plain HTTP they are refused before any redirect.

    A decorated function makes the refusal itself. A wrapper of the project's, or a class derived from ours, inherits
    the mark and is not run, since it was not written to refuse.
    """
    setattr(view, _REFUSES_PLAIN_HTTP, True)
    if isinstance(view, FunctionType):
        _with_own_refusal.add(view)
    return view


class BearerMiddleware:
    """Authenticates every request. Put `"django_bearer.BearerMiddleware"` first in `MIDDLEWARE`.

    With a bearer token it sets `request.user` and `request.auth` (a `Principal`). A refused token leaves an anonymous
    user and None; Django's session cookie is then not asked. A request without a token enters public routes only,
    unless it is logged in by other means, such as Django's session. The cookies of our own sessions are removed from
    the request for every view but ours.

    Args:
        get_response: The next middleware or the view, as Django passes it.

    Source:
        RFC 6750 sections 2 and 3.
    """

    sync_capable = True
    async_capable = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """A class of the project's own that is called in its own way was written for threads, unless it says more."""
        super().__init_subclass__(**kwargs)
        if "__call__" in vars(cls) and "async_capable" not in vars(cls):
            cls.async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
            if type(self).process_view is BearerMiddleware.process_view:
                self.process_view = self._process_view_async  # type: ignore[assignment,method-assign]
        public_routes.log_public_routes()
        self._token_header = token_header.configured()
        self._looks_again = last_look.is_needed(settings.MIDDLEWARE, BearerMiddleware)
        if self._looks_again:
            last_look.put_in_place()

    def __call__(self, request: HttpRequest) -> Any:
        if self._is_async:
            return self._call_async(request)
        if self._token_header:
            token_header.move(request, self._token_header)
        cookies.extract(request)
        with request_scope(partial(request_end.when_over, request)):
            early = self._before_view(request)
            return self._after_view(request, self.get_response(request)) if early is None else early

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        """The same, in a thread only where something is read."""
        if self._token_header:
            token_header.move(request, self._token_header)
        cookies.extract(request)
        async with request_scope(partial(request_end.when_over, request)):
            before = self._before_view
            early = before(request) if without_reading.before_view(request) else await sync_to_async(before)(request)
            if early is not None:
                return early
            response: HttpResponseBase = await self.get_response(request)
            if without_reading.after_view(request):
                return self._after_view(request, response)
            return await sync_to_async(self._after_view)(request, response)

    async def _process_view_async(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """`process_view`, in a thread only where something is read."""
        decide = partial(BearerMiddleware.process_view, self, request, view, args, kwargs)
        if not self._looks_again and without_reading.for_view(request, view):
            with suppress(SynchronousOnlyOperation):
                return decide()
        return await sync_to_async(decide)()

    def _before_view(self, request: HttpRequest) -> HttpResponseBase | None:
        """The response to a request over plain HTTP that must go no further, or None."""
        refused = ticket_requests.extract(request) if ticket_requests.may_be_sent(request) else None
        sent = refused is None and authentication.sends_token(request)
        if sent:
            refused = authentication.refuse_plain_http_token(request)
        if refused is not None:
            return self._with_cors(request, error_response(request, refused.exception()))
        if sent:
            deferred.begin(request)
        elif not hasattr(request, "auth"):
            request.auth = None  # type: ignore[attr-defined]
        early = None if request.method in SAFE_METHODS else _refuse_plain_http(request)
        return None if early is None else self._with_cors(request, early)

    def _after_view(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response after the view. Where no view was reached, a refused token gets no page of a closed route."""
        sent = authentication.sends_token(request)
        lost = authentication.lost(request) if sent else None
        if lost is not None:  # whatever the view made of it, or a middleware that asked for the user
            return self._with_cors(request, error_response(request, lost.exception()))
        refused = None if not sent or deferred.is_final(request) else early_responses.refusal(request, response)
        if refused is not None:
            return self._with_cors(request, error_response(request, refused.exception()))
        return self._with_headers(request, response)

    def _with_cors(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Our own response, with the CORS headers that a middleware below would have added."""
        return self._with_headers(request, cors.through(request, response))

    def _with_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        sent = authentication.sends_token(request)
        if sent:
            deferred.end(request)
        caching.patch_cache_headers(request, response)
        refused = deferred.refused(request) if sent else None
        if refused is not None:
            caching.patch_challenge(response, refused)
        if ticket_requests.are_sent(request):
            response = ticket_requests.finish(request, response)
        if self._token_header:
            token_header.patch_vary(response, self._token_header)
        return _with_device(request, response)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Authenticate for the view, check its access, then CSRF.

        A route that is not public requires authentication. A valid token needs no CSRF check; a login by cookie
        passes one on every closed route. With a refused token a public view runs with an anonymous user, unless
        Django's CSRF check would answer 403 and hide the 401 from the client.
        """
        outcome: Outcome = None
        if ticket_requests.are_sent(request) and ticket_requests.admit(request, view):
            deferred.begin_late(request)
        if authentication.sends_token(request):
            outcome = authentication.authenticate_for_middleware(request, audience_of(view))
            deferred.finalize(request, outcome)
        if self._looks_again:
            last_look.ask_for(request, partial(self._look, request, view, outcome, aliases.current_context()))
        return self._enter(request, view, outcome)

    def _look(
        self, request: HttpRequest, view: Any, before: Outcome, place: DatabaseContext
    ) -> HttpResponseBase | None:
        """Decide again for the view, where a middleware has chosen another tenant since.

        Django's own login was asked by then, and cannot be asked again: on a closed route it is refused.
        """
        if not authentication.sends_token(request):
            moved = _BY_LOGIN in vars(request) and aliases.current_context() != place
            return error_response(request, NotAuthenticated(CHOSEN_LATE)) if moved else None
        outcome = authentication.authenticate_for_middleware(request, audience_of(view))
        if outcome is before:
            return None
        deferred.finalize_again(request, outcome)
        csrf.require_check(request)
        return self._enter(request, view, outcome)

    def _enter(self, request: HttpRequest, view: Any, outcome: Outcome) -> HttpResponseBase | None:
        entry = route_access.entry(request, view, outcome)
        if entry is not route_access.Entry.PUBLIC:
            caching.mark_authenticated(request)
        if isinstance(entry, Failure):
            return login_page.redirect(request, view, entry) or login_page.vary(
                error_response(request, entry.exception()), request, view, entry
            )
        if entry is route_access.Entry.TOKEN:
            csrf.exempt(request)
        elif entry is route_access.Entry.LOGIN:
            vars(request)[_BY_LOGIN] = True
            refused = request_policy.refusal(request.user, None, request)
            return csrf.refusal(request, view) if refused is None else error_response(request, refused.exception())
        elif isinstance(outcome, Failure) and csrf.would_django_refuse(request, view):
            return error_response(request, outcome.exception())
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Turn a refusal that a public function raised in a view into the response that it describes.

        Under ATOMIC_REQUESTS the view's writes are rolled back by then. Middleware below ours is called first.
        """
        return error_response(request, exception) if isinstance(exception, HTTPRefusal) else None


def _with_device(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The response, with the known-device cookie of a browser that has just logged in to Django's session."""
    credentials = limited_authenticate.devices_of(request)
    if credentials:
        cookies.of_known_devices(credentials).put(response)
    return response


def _refuse_plain_http(request: HttpRequest) -> HttpResponseBase | None:
    """The refusal of an unsafe request over plain HTTP to a view that `refuses_plain_http`; None for every other one.

    SecurityMiddleware would redirect it, and nobody would learn that a secret was exposed.
    """
    if request.is_secure():
        return None
    try:
        match = resolve(request.path_info, getattr(request, "urlconf", None))
    except Resolver404:
        return None
    if not hasattr(match.func, _REFUSES_PLAIN_HTTP) or authentication.transport_of(request) is Transport.ALLOWED:
        return None
    if not isinstance(match.func, FunctionType) or match.func not in _with_own_refusal:
        refused = _exposed(request)
        return None if refused is None else respond(refusal_answer(refused.exception()))
    answer = match.func(request, *match.args, **match.kwargs)
    return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer


@sensitive_variables()
def _exposed(request: HttpRequest) -> Failure | None:
    """The refusal of a request over plain HTTP whose view is not run; tokens in its body are revoked."""
    body = request.body.decode("latin-1") if 0 < declared_length(request.META) <= MAX_BODY else ""
    refused = authentication.refuse_exposed_tokens(request, body)
    return authentication.reject_plain_http(request) if refused is None else refused
