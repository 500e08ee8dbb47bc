"""`request.user` and `request.auth` before the view is known: decided at each access, for the tenant of that time.

A middleware below ours may still choose the tenant: the database, the schema, the issuer. So each access
authenticates again, the last time for the view.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.middleware import auser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from ..accounts.lazy_user import LazyUser, asettled, settled
from ..accounts.principal import Principal
from ..errors import ConfigurationError, Failure
from . import authentication

HINT = "Let the middleware that chooses the tenant stand above whatever asks (docs/guide/tenants.md)."
_STATE = "_django_bearer_deferred"
_UNDECIDED = object()


class _State:
    """The last outcome of a request. The anonymous user is one object, which a middleware may change."""

    __slots__ = ("anonymous", "last_outcome", "original_class", "request")

    def __init__(self, request: HttpRequest) -> None:
        self.request: HttpRequest | None = request  # None once it is final
        self.original_class = type(request)
        self.anonymous: AnonymousUser | None = None
        self.last_outcome: Any = _UNDECIDED

    def outcome(self) -> authentication.Outcome:
        if self.request is not None:
            try:
                self.last_outcome = authentication.authenticate_unrecorded(self.request)
            except AttributeError as error:  # which Python would take for an attribute that is not there
                raise ConfigurationError(f"request.user was asked for too early: {error}. {HINT}") from error
        found: authentication.Outcome = self.last_outcome
        return found

    def user(self) -> Any:
        found = self.outcome()
        if isinstance(found, Principal):
            return found.user
        if self.anonymous is None:
            self.anonymous = AnonymousUser()
        return self.anonymous


class _User(SimpleLazyObject):  # type: ignore[type-arg]
    """The user of a request, evaluated at each access until it is final."""

    def __init__(self, state: _State) -> None:
        # As the base class does, which takes four times as long: each of its attributes goes through its own methods.
        object.__getattribute__(self, "__dict__")["_setupfunc"] = state.user

    @property
    def _wrapped(self) -> Any:
        return self._setupfunc()

    def __repr__(self) -> str:
        """Never raises: Django's error page and mail show the variables of each frame."""
        try:
            return super().__repr__()
        except Exception:
            return f"<{type(self).__name__}: cannot be told>"


class _Auth:
    """`request.auth` while nobody else has written one."""

    def __get__(self, request: Any, owner: Any = None) -> Any:
        found = _state(request).outcome()
        return found if isinstance(found, Principal) else None


class _AsyncUser:
    """`request.auser`, which asks the database in a thread of its own, as Django's does.

    AuthenticationMiddleware writes one that would hand out what can only be asked for in a thread.
    """

    def __get__(self, request: Any, owner: Any = None) -> Any:
        written = vars(request).get("auser")
        ours = written is None or getattr(written, "func", None) is auser
        return partial(sync_to_async(_settled_user), request) if ours else written

    def __set__(self, request: Any, value: Any) -> None:
        vars(request)["auser"] = value


def begin(request: HttpRequest) -> None:
    """From now on each access to `request.user` or `request.auth` authenticates."""
    state = vars(request)[_STATE] = _State(request)
    base: Any = type(request)
    request.__class__ = _deferring(base)
    user: Any = _User(state)
    # AuthenticationMiddleware, further down, asks Django's session for the user unless it finds one here.
    request.user = request._cached_user = request._acached_user = user  # type: ignore[attr-defined]


def begin_late(request: HttpRequest) -> None:
    """The same for a request whose credential is found once the view is known, after it was taken for anonymous."""
    if vars(request).get("auth") is None:
        vars(request).pop("auth", None)
    begin(request)


def finalize(request: HttpRequest, outcome: authentication.Outcome) -> None:
    """Fix the outcome for the view.

    A `user` or `auth` that a middleware assigned stays, if it read no other outcome.
    """
    state: _State | None = vars(request).get(_STATE)
    if state is None or state.request is None:
        return
    outdated = state.last_outcome is not _UNDECIDED and state.last_outcome is not outcome
    state.last_outcome, state.request = outcome, None
    request.__class__ = state.original_class
    user = state.user()
    _keep_user(request, user)
    held: Any = request.user
    if outdated or type(held) is _User:
        request.user = user
    if outdated or "auth" not in vars(request):
        request.auth = outcome if isinstance(outcome, Principal) else None  # type: ignore[attr-defined]


def finalize_again(request: HttpRequest, outcome: authentication.Outcome) -> None:
    """The outcome for the view once more, decided for another tenant: nothing told before is of any use."""
    state = _state(request)
    state.last_outcome, state.anonymous = outcome, None
    request.user = state.user()
    _keep_user(request, request.user)
    request.auth = outcome if isinstance(outcome, Principal) else None  # type: ignore[attr-defined]


def enter(request: HttpRequest, principal: Principal) -> None:
    """Let this principal be that of the request from now on, for a view that asked for more than the middleware."""
    request.user, request.auth = principal.user, principal  # type: ignore[attr-defined]
    _keep_user(request, principal.user)
    request.auser = partial(asettled, principal.user)


def _keep_user(request: HttpRequest, user: Any) -> None:
    """What takes the place of Django's own look-ups of the session's user."""
    request._cached_user = request._acached_user = user  # type: ignore[attr-defined]
    if type(user) is LazyUser:
        request.auser = partial(asettled, user)


def end(request: HttpRequest) -> None:
    """Fix the last outcome where no view was reached; without any the user is anonymous.

    By now a middleware for tenants may have put back what it had switched, so nothing is to be decided any more.
    """
    state: _State | None = vars(request).get(_STATE)
    if state is not None and state.request is not None:
        finalize(request, None if state.last_outcome is _UNDECIDED else state.last_outcome)


def is_final(request: HttpRequest) -> bool:
    """Whether the decision for the view has been taken, or nothing was deferred."""
    state: _State | None = vars(request).get(_STATE)
    return state is None or state.request is None


def refused(request: HttpRequest) -> Failure | None:
    """Why the token of a request that was settled was refused, or None where it was not."""
    state: _State | None = vars(request).get(_STATE)
    return state.last_outcome if state is not None and isinstance(state.last_outcome, Failure) else None


def _state(request: Any) -> _State:
    found: _State = vars(request)[_STATE]
    return found


def _settled_user(request: HttpRequest) -> Any:
    return settled(_state(request).user())


@lru_cache
def _deferring(base: Any) -> Any:
    """A subclass of the request's class, of the same name, whose `auth` and `auser` are evaluated at each access."""
    members = {"auth": _Auth(), "auser": _AsyncUser(), "__module__": base.__module__, "__doc__": base.__doc__}
    return type(base.__name__, (base,), members)
