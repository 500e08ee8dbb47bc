"""What the `bearer` fixture is."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import Client, override_settings

from .. import conf
from ..accounts.principal import Principal
from ..database import signing_keys
from ..errors import Failure
from ..events import EventKind, SecurityEvent, security_event
from ..http import authentication
from ..primitives import clock
from ..sessions.issue import issue_session
from ..sessions.token_response import IssuedTokens
from ..sessions.verification import forget_signatures
from .refusals import collected

if TYPE_CHECKING:
    from rest_framework.test import APIClient


class Bearer:
    """Logs users in without a password, moves the clock, and hears every security event.

    A context manager: while it is open, keys live in memory and not in the database. The pytest fixture `bearer` is
    one; a `TestCase` opens its own with `self.enterContext(Bearer())`.
    """

    def __init__(self) -> None:
        self.events: list[SecurityEvent] = []
        self.refusals: list[str] = []
        """Why requests were refused so far, a line each: for `assert answer.status_code == 200, bearer.refusals`."""
        self._open = ExitStack()

    def __enter__(self) -> Bearer:
        self._open.enter_context(override_settings(BEARER={**settings.BEARER, "KEY_STORAGE": "memory"}))
        for forget in (signing_keys.forget, forget_signatures, clock.reset):
            self._open.callback(forget)
        self._open.enter_context(collected(self.refusals))
        security_event.connect(self._hear)
        self._open.callback(security_event.disconnect, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self._open.close()

    def login(self, user: Any, **options: Any) -> IssuedTokens:
        """Tokens of a new session for `user`; takes the options of `issue_session`: `scope`, `client_id`, …"""
        return issue_session(user, **options)

    def headers(self, user: Any, **options: Any) -> dict[str, str]:
        """Headers that authenticate as `user`, for the `headers` argument of a test client's calls."""
        return {"Authorization": f"Bearer {self.login(user, **options).access_token}"}

    def client(self, user: Any, **options: Any) -> Client:
        """A Django test client whose every request carries a token of `user`."""
        return Client(headers=self.headers(user, **options))

    def api_client(self, user: Any, **options: Any) -> APIClient:
        """The same as REST framework's `APIClient`."""
        from rest_framework.test import APIClient

        return APIClient(headers=self.headers(user, **options))

    def principal(self, user: Any, **options: Any) -> Principal:
        """What `request.auth` would be, for `force_authenticate(user, token=...)` on a view that asks for a scope."""
        outcome = authentication.verify_token_for_any(self.login(user, **options).access_token, conf.audiences())
        if isinstance(outcome, Failure):
            raise outcome.exception()
        return outcome

    def advance(self, seconds: float) -> None:
        """Move every clock forward, the database's too."""
        clock.advance(seconds)

    def freeze(self, at: int | None = None) -> None:
        """Stop every clock, now or at `at` (microseconds since 1970), until the test ends; `advance` moves it on."""
        self._open.enter_context(clock.frozen(at))

    def events_of(self, kind: EventKind | str) -> list[SecurityEvent]:
        """The security events of one kind, such as `"authn_token_reuse"`, oldest first."""
        return [event for event in self.events if event.kind == kind]

    def _hear(self, event: SecurityEvent, **_: Any) -> None:
        self.events.append(event)
