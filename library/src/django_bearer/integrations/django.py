"""Plain Django: decorators for views, after the manner of `login_required`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from ..errors import ConfigurationError, Failure
from ..http import authentication
from ..http.audience import MARK, checked
from ..http.challenge import refusal_answer
from ..http.error_responses import respond

View = Callable[..., HttpResponseBase]


def bearer_required(
    view: View | None = None, *, scopes: tuple[str, ...] | list[str] = (), audience: str | None = None
) -> Any:
    """Let a request in only with a valid access token for `audience` that carries every scope of `scopes`.

        @bearer_required
        def notes(request): ...

        @bearer_required(scopes=["notes:write"])
        def add(request): ...

        @bearer_required(audience="https://billing.example.com/")
        def invoices(request): ...

    Without an `audience` the token is to be for `BEARER["AUDIENCE"]`.

    `request.user` and `request.auth` (the `Principal`) are set. Everyone else gets 401 or 403 with a challenge; a
    Django session is not asked.
    """
    if view is None:
        return lambda decorated: bearer_required(decorated, scopes=scopes, audience=audience)
    decorated, expected = view, checked(audience)
    if iscoroutinefunction(decorated):
        raise ConfigurationError(f"bearer_required does not wrap async views yet; {decorated.__name__} is one.")

    @wraps(decorated)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        outcome = authentication.require_principal(request, *scopes, audience=expected)
        if isinstance(outcome, Failure):
            return respond(refusal_answer(outcome.exception(), scopes))
        request.user, request.auth = outcome.user, outcome  # type: ignore[attr-defined]
        return decorated(request, *args, **kwargs)

    setattr(wrapper, MARK, expected)
    return wrapper
