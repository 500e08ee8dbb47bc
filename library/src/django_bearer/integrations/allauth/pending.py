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
from . import flow_owner
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
def find(token: str, issuer: str) -> SessionBase | None:
    """The state of a flow before its login; None where there is none, or where its account has changed since."""
    store = _store(token)
    if store is None or not store.exists(str(store.session_key)):
        return None
    return None if _is_over(store, issuer) else store


@sensitive_variables()
def take(token: str, issuer: str) -> SessionBase | None:
    """The same, taken out of the database: whoever asks meanwhile finds none. It is stored again at the end of the
    request, so that one code, challenge or attempt is looked at once."""
    store = _store(token)
    if store is None or not store.take():
        return None
    return None if _is_over(store, issuer) else store


def _store(token: str) -> FlowStore | None:
    return FlowStore(key_of("flow", token)) if 0 < len(token) <= MAX_TOKEN else None


def _is_over(store: FlowStore, issuer: str) -> bool:
    return bool(LOGIN_KEYS & set(store.keys())) or flow_owner.is_over(store, issuer)


@sensitive_variables()
def keep(session: Any, token: str, issuer: str) -> None:
    """Store the state of a flow under this token, bound to its account, and forget it under every other."""
    key = key_of("flow", token)
    if LOGIN_KEYS & set(session.keys()):
        session.flush()
        return
    flow_owner.tie(session, issuer)
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


def of_session(session_id: str, login: dict[str, Any], taken: bool) -> SessionBase:
    """The state that belongs to a session of ours, with what Django asks of a login laid over it in memory.

    `taken` says that the request may use it up: whoever asks meanwhile finds it empty.
    """
    store = BoundStore(key_of("session", session_id), login)
    if taken:
        store.take()
    return store
