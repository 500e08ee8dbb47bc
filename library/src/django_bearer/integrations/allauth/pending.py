"""What allauth keeps between two requests of a flow: server-side, found by a token, and never a login.

A flow before the login is found by a random token; what belongs to a session of ours is found by that session alone.
The stored key is a keyed hash of either, so that neither a token nor a row is good as Django's session cookie.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from ...primitives import randomness
from .state_store import BoundStore, FlowStore

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
    store = FlowStore(key_of("flow", token))
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


def fresh() -> SessionBase:
    """The state of a flow that begins, empty."""
    return FlowStore()


def of_session(session_id: str, login: dict[str, Any]) -> SessionBase:
    """The state that belongs to a session of ours, with what Django asks of a login laid over it in memory."""
    return BoundStore(key_of("session", session_id), login)
