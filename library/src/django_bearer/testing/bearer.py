"""What the `bearer` fixture is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import AsyncClient, Client, override_settings

from .. import conf
from ..accounts.principal import Principal
from ..database import signing_keys
from ..errors import Failure
from ..events import EventKind, SecurityEvent, security_event
from ..http import authentication
from ..primitives import clock
from ..sessions.issue import issue_session
from ..sessions.token_response import IssuedTokens
from ..sessions.verification import clear_signature_cache
from .refusals import collected

if TYPE_CHECKING:
    from rest_framework.test import APIClient


class Bearer:
    """Logs users in without a password, moves the clock, and collects every security event. For tests.

    A context manager: while it is open, keys live in memory and not in the database. The pytest fixture `bearer` is
    one. A `TestCase` opens its own with `self.enterContext(Bearer())`.

    Attributes:
        events: The security events so far, oldest first.
        refusals: Why requests were refused so far, a line each: `assert answer.status_code == 200, bearer.refusals`.
    """

    def __init__(self) -> None:
        self.events: list[SecurityEvent] = []
        self.refusals: list[str] = []
        self._open = ExitStack()

    def __enter__(self) -> Bearer:
        self._open.enter_context(override_settings(BEARER={**settings.BEARER, "KEY_STORAGE": "memory"}))
        for forget in (signing_keys.clear_cache, clear_signature_cache, clock.reset):
            self._open.callback(forget)
        self._open.enter_context(collected(self.refusals))
        security_event.connect(self._hear)
        self._open.callback(security_event.disconnect, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self._open.close()

    def login(self, user: Any, **options: Any) -> IssuedTokens:
        """Begin a session for a user.

        Args:
            user: A user of the project.
            **options: Those of `issue_session()`, such as `scope`, `client_id` and `resource`.

        Returns:
            The tokens of the new session.

        Raises:
            HTTPRefusal: What `issue_session()` raises.
        """
        return issue_session(user, **options)

    def headers(self, user: Any, **options: Any) -> dict[str, str]:
        """Return the headers that authenticate as a user, for the `headers` of a test client's calls.

        Args:
            user: A user of the project.
            **options: Those of `issue_session()`.

        Returns:
            A mapping with the one header `Authorization`.

        Raises:
            HTTPRefusal: What `issue_session()` raises.
        """
        return {conf.current().token_header: f"Bearer {self.login(user, **options).access_token}"}

    def client(self, user: Any, **options: Any) -> Client:
        """Return a Django test client that sends a token with every request.

        Args:
            user: A user of the project.
            **options: Those of `issue_session()`.

        Returns:
            The client.

        Raises:
            HTTPRefusal: What `issue_session()` raises.
        """
        return Client(headers=self.headers(user, **options))

    def async_client(self, user: Any, **options: Any) -> AsyncClient:
        """Return the same as Django's `AsyncClient`. Call it outside of async code, as in a fixture.

        Args:
            user: A user of the project.
            **options: Those of `issue_session()`.

        Returns:
            The client.

        Raises:
            HTTPRefusal: What `issue_session()` raises.
        """
        return _SendingAsyncClient(self.headers(user, **options))

    def api_client(self, user: Any, **options: Any) -> APIClient:
        """Return the same as an `APIClient` of REST framework.

        Args:
            user: A user of the project.
            **options: Those of `issue_session()`.

        Returns:
            The client.

        Raises:
            HTTPRefusal: What `issue_session()` raises.
        """
        from rest_framework.test import APIClient

        return APIClient(headers=self.headers(user, **options))

    def principal(self, user: Any, **options: Any) -> Principal:
        """Return what `request.auth` would be, for `force_authenticate(user, token=...)`.

        Args:
            user: A user of the project.
            **options: Those of `issue_session()`.

        Returns:
            The principal of a new session.

        Raises:
            HTTPRefusal: What `issue_session()` raises.
        """
        outcome = authentication.verify_token_for_any(self.login(user, **options).access_token, conf.audiences())
        if isinstance(outcome, Failure):
            raise outcome.exception()
        return outcome

    def advance(self, seconds: float) -> None:
        """Move every clock forward, also that of the database.

        Args:
            seconds: How far, in seconds.
        """
        clock.advance(seconds)

    def freeze(self, at: int | None = None) -> None:
        """Stop every clock until the test ends. `advance` moves it on.

        Args:
            at: The time to stop at, in microseconds since 1970. None means now.
        """
        self._open.enter_context(clock.frozen(at))

    def events_of(self, kind: EventKind | str) -> list[SecurityEvent]:
        """Return the security events of one kind.

        Args:
            kind: A kind or its name, such as `"authn_token_reuse"`.

        Returns:
            The events so far, oldest first.
        """
        return [event for event in self.events if event.kind == kind]

    def _hear(self, event: SecurityEvent, **_: Any) -> None:
        self.events.append(event)


class _SendingAsyncClient(AsyncClient):
    """An `AsyncClient` with headers for every request: Django's own forgets those that it is made with."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self._headers = headers

    def generic(self, *args: Any, headers: Mapping[str, str] | None = None, **more: Any) -> Any:
        """The request, with these headers unless the call names its own."""
        return super().generic(*args, headers={**self._headers, **(headers or {})}, **more)
