"""Plain Django: decorators for views, after the manner of `login_required`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import isawaitable
from typing import Any, TypeVar, cast, overload

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.views import View as DjangoView

from ..accounts.login_strength import requirement, unmet
from ..accounts.principal import Principal
from ..errors import Failure
from ..http import authentication, deferred
from ..http.audience import MARK, audience_of, checked
from ..http.error_responses import plain_refusal

View = TypeVar("View", bound=Callable[..., Any])
"""A decorated view has the type of the view, so that a type checker still knows its parameters and its result."""
Ask = Callable[[HttpRequest], authentication.Outcome]


@overload
def bearer_required(view: View, *, scopes: tuple[str, ...] | list[str] = ..., audience: str | None = ...) -> View: ...


@overload
def bearer_required(
    view: None = None, *, scopes: tuple[str, ...] | list[str] = ..., audience: str | None = ...
) -> Callable[[View], View]: ...


def bearer_required(
    view: View | None = None, *, scopes: tuple[str, ...] | list[str] = (), audience: str | None = None
) -> View | Callable[[View], View]:
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
        view: A view function. It may be async.
        scopes: The scopes that the token must have.
        audience: The audience that the token must name. None means `BEARER["AUDIENCE"]`.

    Returns:
        The decorated view, or a decorator where `view` is not given.

    Raises:
        ConfigurationError: `audience` is no name.

    Source:
        RFC 6750 section 3 (challenge), RFC 9068 section 4 (audience).
    """
    if view is None:

        def decorate(decorated: View) -> View:
            return bearer_required(decorated, scopes=scopes, audience=audience)

        return decorate
    expected = checked(audience)

    def ask(request: HttpRequest) -> Principal | Failure:
        return authentication.require_principal(request, *scopes, audience=expected)

    wrapper = _asking(view, ask, scopes)
    setattr(wrapper, MARK, expected)
    return wrapper


def check_revocation_in_database(view: View) -> View:
    """Ask the database whether the token of a request is still valid, whatever `BEARER["REVOCATION"]` says.

        @check_revocation_in_database
        def pay(request): ...

        @method_decorator(check_revocation_in_database, name="dispatch")
        class Pay(APIView): ...

    In feed mode a token may be accepted for `REVOCATION_DELAY` after it was revoked. Decorate the views for which
    that is too long. In exact mode every view asks, and the decorator changes nothing.

    A request without a token goes to the view, which refuses or answers it as without the decorator. One whose token
    is refused gets 401, also from a public view. Put it above all other decorators, also above REST framework's
    `api_view`.

    Args:
        view: A view function. It may be async.

    Returns:
        The decorated view.

    Source:
        OWASP ASVS 7.4.1.
    """

    def ask(request: HttpRequest) -> authentication.Outcome:
        match = getattr(request, "resolver_match", None)
        return authentication.authenticate_exactly(request, audience_of(view if match is None else match.func))

    return _asking(view, ask)


def step_up_required(
    *, max_age: int | None = None, acr: str | Iterable[str] | None = None, audience: str | None = None
) -> Callable[[View], View]:
    """Require an access token whose user logged in or stepped up recently, or strongly enough.

        @step_up_required(max_age=300)
        def change_address(request): ...

        @step_up_required(acr=["urn:example:passkey", "urn:example:two-factors"])
        async def transfer(request): ...

    For views and async views. Everybody else gets 401, with `max_age` and `acr_values` in the challenge. An API
    token, behind which no person logs in, gets 403. The database is asked whether the token is still valid, also in
    feed mode.

    Args:
        max_age: The age that the login may have, in seconds. It is compared with the token's `auth_time`, which no
            refresh renews.
        acr: The strength that the login must have, or a list of strengths in order of preference, of which any
            suffices. One of `max_age` and `acr` is required.
        audience: The audience that the token must name. None means the view's own.

    Returns:
        A decorator for views.

    Source:
        RFC 9470 section 3, OWASP ASVS 7.5.1.
    """
    required, expected = requirement(max_age, acr), checked(audience)

    def decorate(view: View) -> View:
        named = expected if expected is not None else audience_of(view)

        def ask(request: HttpRequest) -> Principal | Failure:
            authentication.ask_exactly(request)
            outcome = authentication.require_principal(request, audience=named)
            if isinstance(outcome, Failure):
                return outcome
            failure = unmet(required, outcome)
            return outcome if failure is None else failure

        wrapper = _asking(view, ask)
        if named is not None:
            setattr(wrapper, MARK, named)
        return wrapper

    return decorate


def _is_async(view: Callable[..., Any]) -> bool:
    """Whether Django awaits what this view returns: a coroutine function, or a method of a class with async handlers.

    `as_view()` of such a class only marks its function on Python 3.11, and its `dispatch`, which Django's decorator
    of methods hands over as a partial, is no coroutine function anywhere.
    """
    owner = getattr(getattr(view, "func", view), "__self__", None)
    return iscoroutinefunction(view) or (isinstance(owner, DjangoView) and bool(owner.view_is_async))


def _asking(view: View, ask: Ask, scopes: Iterable[str] = ()) -> View:
    """The view, behind the question; async if the view is."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        refused = _enter(request, ask(request), scopes)
        return view(request, *args, **kwargs) if refused is None else refused

    @wraps(view)
    async def async_wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        refused = _enter(request, await sync_to_async(ask)(request), scopes)
        if refused is not None:
            return refused
        answer = view(request, *args, **kwargs)
        return await answer if isawaitable(answer) else answer

    return cast(View, async_wrapper if _is_async(view) else wrapper)


def _enter(request: HttpRequest, outcome: authentication.Outcome, scopes: Iterable[str]) -> HttpResponseBase | None:
    """The response to a refused request; None for an accepted one, whose user is then set.

    Without an outcome no token was sent, and none was asked for: the request stays as it is.
    """
    if outcome is None:
        return None
    if isinstance(outcome, Failure):
        return plain_refusal(request, outcome.exception(), scopes)
    deferred.enter(request, outcome)
    return None
