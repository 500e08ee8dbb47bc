"""Limits on Django's own `authenticate()`: every attempt at a password is counted, in any code that calls it.

Django tells what was refused (`user_login_failed`) and not what was right, and it tells it after the hash. A backend
in AUTHENTICATION_BACKENDS could count, but never forgive a client that is right every time, such as one with HTTP
Basic; and a second backend makes `login(request, user)` ask which of the two is meant. So the backends are handed out
wrapped, to `authenticate()` and `aauthenticate()` and to nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import auth
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..errors import BearerError, ConfigurationError, InvalidCredentials, RateLimited
from ..rate_limits import rules
from . import client_address, login_limits, read_account
from .login_limits import CountedAttempt, LoginThrottled

logger = logging.getLogger("django_bearer.debug")
PASSWORD = "password"
MAX_NAMES = 4
COUNTED = "_django_bearer_attempt"
"""On a request: the attempt that was right, until Django says that its user is logged in."""
DEVICE = "_django_bearer_device"
"""On a request: the credentials that make the browser known, to be set by the middleware."""
_PATCHED = "_get_compatible_backends"
_counted: ContextVar[bool] = ContextVar("django_bearer_login_counted", default=False)
_right: ContextVar[list[CountedAttempt] | None] = ContextVar("django_bearer_right_attempts", default=None)
_shown: ContextVar[str] = ContextVar("django_bearer_shown_device", default="")


@contextmanager
def counted_already() -> Iterator[None]:
    """A block whose `authenticate()` is not counted, since its attempt has been."""
    token = _counted.set(True)
    try:
        yield
    finally:
        _counted.reset(token)


@contextmanager
def forgiven_by_caller(shown: str = "") -> Iterator[list[CountedAttempt]]:
    """A block whose right passwords are not forgiven yet: whoever completes the login says that it succeeded.

    `shown` is the known-device token of an app's body.

    Yields the attempts that were right. Where a second step is missing, none of before is forgiven: whoever has the
    password alone must not clear the counters with it.
    """
    right: list[CountedAttempt] = []
    token, device = _right.set(right), _shown.set(shown)
    try:
        yield right
    finally:
        _right.reset(token)
        _shown.reset(device)


class AuthenticateCall:
    """One call of `authenticate()`: counted at the first backend, forgiven at the one that knows the user."""

    def __init__(self, request: Any, names: tuple[str, ...]) -> None:
        self._request = request
        self._names = names
        self._counted: list[CountedAttempt] = []

    def count(self) -> None:
        """Count it, once.

        Raises `LoginThrottled`, and `PermissionDenied` where the answer is that to a wrong password: Django asks no
        backend any more then, and tells of a failed login.
        """
        if self._counted:
            return
        try:
            self._counted = [login_limits.admit(self._request, name, _shown.get()) for name in self._names]
        except RateLimited as error:
            raise LoginThrottled(str(error), retry_after=error.retry_after or 1) from None
        except InvalidCredentials as error:
            logger.debug("%s", error)
            raise PermissionDenied from None

    def is_at(self, user: Any) -> bool:
        """Whether every attempt may log in `user`; one at somebody else was not counted as a guess at theirs."""
        return all(one.is_at(user) for one in self._counted)

    def succeeded(self, user: Any) -> None:
        """Forgive, and remember which attempt it was for when Django says that the user is logged in.

        Of several names only those that find this very user are forgiven: another's may have been sent along.
        """
        several = len(self._counted) > 1
        own = [one for one in self._counted if one.account.is_of(user) or not (one.account.sole or several)]
        right = _right.get()
        if right is not None:
            right += own
            return
        for attempt in own:
            attempt.checked(user)
        request = login_limits.http_request(self._request)
        if request is not None and own:
            setattr(request, COUNTED, own[0])


class LimitedBackend:
    """A backend of the project, asked only for attempts that have been counted."""

    def __init__(self, backend: Any, attempt: AuthenticateCall) -> None:
        self._backend = backend
        self._attempt = attempt

    @sensitive_variables()
    def authenticate(self, request: Any, **credentials: Any) -> Any:
        self._attempt.count()
        user = self._backend.authenticate(request, **credentials)
        if user is None or not self._attempt.is_at(user):
            return None
        self._attempt.succeeded(user)
        return user

    @sensitive_variables()
    async def aauthenticate(self, request: Any, **credentials: Any) -> Any:
        await sync_to_async(self._attempt.count)()
        user = await self._backend.aauthenticate(request, **credentials)
        if user is None or not self._attempt.is_at(user):
            return None
        await sync_to_async(self._attempt.succeeded)(user)
        return user


def connect() -> None:
    """Put the limit in place, and listen for what becomes of an attempt.

    Raises `ConfigurationError` for a Django that hands out its backends in another way: no login would be limited.
    """
    compatible = getattr(auth, _PATCHED, None)
    if compatible is None:
        raise ConfigurationError("this version of Django is not supported: its authenticate() cannot be limited")
    if not in_place():
        setattr(auth, _PATCHED, _limited(compatible))
    user_login_failed.connect(_failed, dispatch_uid="django_bearer.login_failed")
    user_logged_in.connect(_logged_in, dispatch_uid="django_bearer.logged_in")


def in_place() -> bool:
    """Whether `authenticate()` is limited; another package may have replaced what we put there."""
    return hasattr(getattr(auth, _PATCHED, None), COUNTED)


def _limited(compatible: Callable[..., Any]) -> Callable[..., Any]:
    @sensitive_variables()
    def limited(request: Any = None, **credentials: Any) -> Iterator[Any]:
        if _counted.get() or not _is_guess(credentials):
            for backend, *rest in compatible(request, **credentials):
                yield (read_account.instead_of(backend), *rest)
            return
        attempt = AuthenticateCall(request, names(credentials))
        for backend, *rest in compatible(request, **credentials):
            yield (LimitedBackend(backend, attempt), *rest)

    setattr(limited, COUNTED, True)
    return limited


def _is_guess(credentials: dict[str, Any]) -> bool:
    """Whether a password is tried. What a proxy or a provider vouches for cannot be guessed."""
    return credentials.get(PASSWORD) is not None


@sensitive_variables()
def names(credentials: dict[str, Any]) -> tuple[str, ...]:
    """What may name the account among credentials, each to be counted; what the code passes decides, not its order.

    Where none of Django's own names is there, all that is text is the name together.
    """
    model = get_user_model()
    usual = ("username", model.USERNAME_FIELD, model.get_email_field_name(), "email", "login")
    found = dict.fromkeys(_plain(credentials[one]) for one in usual if credentials.get(one) is not None)
    if found:
        return tuple(name[: rules.MAX_ACCOUNT] for name in found)[:MAX_NAMES]
    others = [f"{one}={_plain(credentials[one])}" for one in sorted(credentials) if _is_text(one, credentials[one])]
    return ("|".join(others)[: rules.MAX_ACCOUNT],)


def _plain(value: Any) -> str:
    """A value as a string that can be hashed: half a surrogate pair, as JSON may have it, cannot."""
    return str(value).encode("utf-8", "replace").decode()


def _is_text(name: str, value: Any) -> bool:
    return name != PASSWORD and isinstance(value, str | int)


@sensitive_variables()
def _failed(sender: Any, credentials: dict[str, Any], request: Any = None, **_: Any) -> None:
    """Publish that no backend took the credentials. Our own login publishes its failures itself."""
    if _counted.get() or not _is_guess(credentials):
        return
    plain = login_limits.http_request(request)
    address = client_address.of(plain) if plain is not None else ""
    login_limits.tell_failure(address, "", rules.canonical(names(credentials)[0]))


def _logged_in(sender: Any, request: Any, user: Any, **_: Any) -> None:
    """Make the browser known that has just logged in to Django's session, so that nobody can lock its owner out."""
    plain = login_limits.http_request(request)
    attempt: CountedAttempt | None = plain.__dict__.pop(COUNTED, None) if plain is not None else None
    if plain is None or attempt is None or not plain.is_secure() or not _has_sessions():
        return
    try:
        credential = attempt.known_device_token(user)
    except BearerError as error:
        logger.error("a browser that has logged in was not made known: %s", error.code)
        return
    setattr(plain, DEVICE, login_limits.with_others(plain, user, credential))


def _has_sessions() -> bool:
    return "django.contrib.sessions.middleware.SessionMiddleware" in settings.MIDDLEWARE


def devices_of(request: HttpRequest) -> list[str]:
    """The known-device credentials that the browser of this request is to hold; none for nearly every request."""
    found: list[str] = request.__dict__.get(DEVICE, [])
    return found
