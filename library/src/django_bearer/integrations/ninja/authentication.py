"""An authentication class for `auth=` of an API, a router or an operation."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Iterable
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from ninja.security.http import HttpAuthBase

from ...accounts.login_strength import requirement, unmet
from ...accounts.principal import Principal
from ...errors import Failure, HTTPRefusal
from ...http import authentication, deferred, handlers
from ...http.error_responses import error_response


class BearerAuth(HttpAuthBase):
    """Let a request in only with a valid token. For `auth=` of an API, a router or an operation.

        api = NinjaAPI(auth=BearerAuth())

        @api.post("/notes", auth=BearerAuth(scopes=["notes:write"]))
        def add(request, note: NoteIn): ...

        @api.delete("/account", auth=BearerAuth(max_age=300))
        async def delete(request): ...

    `request.user` and `request.auth` (a `Principal`) are set. Every other request gets 401 or 403 with a challenge,
    also where `DEBUG` is on, unless the API has an exception handler of its own for `HTTPRefusal`. A Django session
    is not asked. An operation that anybody may call takes `public` and no `BearerAuth`; with a valid token
    `request.auth` is set there, too.

    Args:
        scopes: The scopes that the token must have.
        max_age: The age that the login behind the token may have, in seconds. None means any. Where it or `acr` is
            named, the database is asked whether the token is still valid, also in feed mode.
        acr: The strength that the login must have, or a list of strengths of which any suffices. None means any.

    Raises:
        ConfigurationError: `max_age` is no number of seconds, or `acr` is empty.

    Source:
        RFC 6750 section 3 (challenge), RFC 9470 section 3 (step-up).
    """

    openapi_scheme = "bearer"

    def __init__(
        self, scopes: Iterable[str] = (), *, max_age: int | None = None, acr: str | Iterable[str] | None = None
    ) -> None:
        super().__init__()
        self.scopes = tuple(scopes)
        self.login = None if max_age is None and acr is None else requirement(max_age, acr)
        self.is_async = True  # an operation of either kind takes what is returned, and awaits it where it can be

    def __call__(self, request: HttpRequest) -> Any:
        """Return the principal of a request, for Ninja to call.

        Args:
            request: The request.

        Returns:
            The `Principal`, or an awaitable of it where an event loop runs.

        Raises:
            HTTPRefusal: No valid token was sent, or it does not suffice.
        """
        try:
            get_running_loop()
        except RuntimeError:
            return self._principal(request)
        return sync_to_async(self._principal)(request)

    def _principal(self, request: HttpRequest) -> Principal:
        if self.login is not None:
            authentication.ask_exactly(request)
        outcome = authentication.require_principal(request, *self.scopes)
        if not isinstance(outcome, Failure) and self.login is not None:
            failure = unmet(self.login, outcome)
            outcome = outcome if failure is None else failure
        if isinstance(outcome, Failure):
            _answer_refusals(request)
            raise outcome.exception()
        deferred.enter(request, outcome)
        return outcome


def _answer_refusals(request: HttpRequest) -> None:
    """Give the API of an operation a handler for refusals, where it has none: in DEBUG, Ninja answers 500 itself."""
    match = request.resolver_match
    view = handlers.path_view(match.func) if match is not None else None
    for operation in getattr(view, "operations", ()):
        known = getattr(operation.api, "_exception_handlers", {})
        if not any(issubclass(HTTPRefusal, kind) for kind in known if kind is not Exception):
            operation.api.add_exception_handler(HTTPRefusal, respond)


def respond(request: HttpRequest, refused: Any) -> Any:
    """The answer to a refusal, for an API's exception handler."""
    return error_response(request, refused)
