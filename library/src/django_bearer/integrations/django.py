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
    """Let a request in only with a valid token that has every scope of `scopes`.

        @bearer_required
        def notes(request): ...

        @bearer_required(scopes=["notes:write"])
        def add(request): ...

        @bearer_required(audience="https://billing.example.com/")
        def invoices(request): ...

    `request.user` and `request.auth` (the `Principal`) are set. Every other request gets 401 or 403 with a challenge.
    A Django session is not asked.

    Args:
        view: A view function. Async views are not supported yet.
        scopes: The scopes that the token must have.
        audience: The audience that the token must name. None means `BEARER["AUDIENCE"]`.

    Returns:
        The decorated view, or a decorator where `view` is not given.

    Raises:
        ConfigurationError: The view is async, or `audience` is no name.

    Source:
        RFC 6750 section 3 (challenge), RFC 9068 section 4 (audience).
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
