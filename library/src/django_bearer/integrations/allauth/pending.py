"""What allauth keeps between two requests of a flow: server-side, found by a token, and never a login.

A flow before the login is found by a random token; what belongs to a session of ours is found by that session alone.
The stored key is a keyed hash of either, so that neither a token nor a row is good as Django's session cookie.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from ...primitives import randomness

LOGIN_KEYS = frozenset({SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY})
KEY_LENGTH = 40
"""Characters of a key of Django's sessions."""
MAX_TOKEN = 100


def key_of(kind: str, value: str) -> str:
    """The key under which the state of this flow or session is stored."""
    return salted_hmac(f"django-bearer:allauth:{kind}", value, algorithm="sha256").hexdigest()[:KEY_LENGTH]


@sensitive_variables()
def new_token() -> str:
    """A token for a flow: 256 random bits."""
    return randomness.secret().hex()


@sensitive_variables()
def find(token: str) -> SessionBase | None:
    """The state of a flow before its login; None where there is none, or where somebody is logged in by it."""
    if not 0 < len(token) <= MAX_TOKEN:
        return None
    store: SessionBase = _engine()(key_of("flow", token))
    if not store.exists(str(store.session_key)) or LOGIN_KEYS & set(store.keys()):
        return None
    return store


@sensitive_variables()
def keep(session: Any, token: str) -> None:
    """Store the state of a flow under this token, and forget it under every other."""
    key = key_of("flow", token)
    if LOGIN_KEYS & set(session.keys()):
        session.flush()
        return
    if session.session_key == key:
        session.save()
        return
    if session.session_key is not None:
        session.delete(session.session_key)
    session._session_key = key
    session.save(must_create=True)


def of_session(session_id: str, login: dict[str, Any]) -> SessionBase:
    """The state that belongs to a session of ours, with what Django asks of a login laid over it in memory."""
    found: SessionBase = _bound()(key_of("session", session_id))
    found.overlay = login  # type: ignore[attr-defined]
    return found


def _engine() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def _bound() -> Any:
    return _bound_to(settings.SESSION_ENGINE)


@cache
def _bound_to(engine: str) -> Any:
    """A session store of this engine whose login is never stored."""
    base: Any = import_module(engine).SessionStore

    class BoundStore(base):  # type: ignore[misc]
        overlay: dict[str, Any] = {}

        def load(self) -> dict[str, Any]:
            key = self.session_key
            data = super().load() if self.exists(key) else {}
            self._session_key = key
            return {**data, **self.overlay}

        def save(self, must_create: bool = False) -> None:
            kept: dict[str, Any] = dict(self._get_session())
            for name in self.overlay:
                self.pop(name, None)
            try:
                super().save(must_create=not self.exists(self.session_key))
            finally:
                self._session_cache = kept

    return BoundStore
