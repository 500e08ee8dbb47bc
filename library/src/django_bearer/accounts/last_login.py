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
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import update_last_login
from django.contrib.auth.signals import user_logged_in
from django.db.models import Model

from ..database import aliases, model_listeners
from ..database.login_rows import Column
from ..primitives import clock
from ..primitives.clock import SECOND

_USUAL_SAVES = frozenset({Model.save, AbstractBaseUser.save})
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


def column(user: Any) -> Column | None:
    """The column that `save` would write, for a statement of ours; None where only the user's model knows how.

    A model may save in a way of its own, in several tables or in another database, and others may listen.
    """
    model = type(user)
    meta = model._meta
    usual = (
        model.save in _USUAL_SAVES
        and model.save_base is Model.save_base
        and not meta.parents
        and not user.get_deferred_fields()
        and getattr(user, "_password", None) is None
        and getattr(user, "is_active", True)
        and aliases.of(user) == aliases.sessions_alias()
        and model_listeners.are_only_ours(model)
    )
    if not usual:
        return None
    field: Any = meta.get_field("last_login")
    connection = aliases.connection(aliases.sessions_alias())
    key: Any = meta.pk
    value = field.get_db_prep_save(field.pre_save(user, False), connection)
    return Column(meta.db_table, field.column, value, key.column, key.get_db_prep_save(user.pk, connection))


def _update(sender: Any, user: Any, **kwargs: Any) -> None:
    users = _held.get()
    if users is None:
        update_last_login(sender, user, **kwargs)
        return
    user.last_login = datetime.fromtimestamp(clock.now() / SECOND, tz=UTC if settings.USE_TZ else None)
    if all(user is not one for one in users):
        users.append(user)
