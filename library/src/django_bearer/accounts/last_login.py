"""Django's `last_login`, stored with the session of a login of ours rather than in a transaction of its own.

Django connects a receiver to `user_logged_in` that saves the user. Ours takes its place, under its name and with what
it does: a project that disconnects it disconnects ours. Only within `held` is the saving left to whoever holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import update_last_login
from django.contrib.auth.signals import user_logged_in

from ..primitives import clock
from ..primitives.clock import SECOND

_UID = "update_last_login"
"""The name under which Django connects its receiver."""
_held: ContextVar[list[Any] | None] = ContextVar("django_bearer_last_logins", default=None)


def connect() -> None:
    """Take the place of Django's receiver, if it is connected."""
    if user_logged_in.disconnect(dispatch_uid=_UID):
        user_logged_in.connect(_update, dispatch_uid=_UID)


@contextmanager
def held() -> Iterator[list[Any]]:
    """Within it, a login is noted on the user and not yet saved. Yields the users that are to be saved."""
    users: list[Any] = []
    token = _held.set(users)
    try:
        yield users
    finally:
        _held.reset(token)


def save(user: Any) -> None:
    """Save what was noted, as Django does."""
    user.save(update_fields=["last_login"])


def _update(sender: Any, user: Any, **kwargs: Any) -> None:
    users = _held.get()
    if users is None:
        update_last_login(sender, user, **kwargs)
        return
    user.last_login = datetime.fromtimestamp(clock.now() / SECOND, tz=UTC if settings.USE_TZ else None)
    if all(user is not one for one in users):
        users.append(user)
