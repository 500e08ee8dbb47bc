"""What ends old tokens at once: a changed password, a logout everywhere, an account that is disabled.

It matters for accounts whose state is not recorded yet: those that the old version made after the move began.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import router
from django.db.models.signals import post_migrate, pre_save

from django_bearer.events import EventKind, SecurityEvent, security_event

from . import account_state, settings
from .models import MoveStart

ENDING = frozenset({EventKind.LOGOUT_EVERYWHERE, EventKind.USER_DISABLED, EventKind.PASSWORD_CHANGED})
FIELDS = frozenset({"password", "is_active"})


def connect() -> None:
    """Listen to the user model and to security events."""
    pre_save.connect(_before_save, dispatch_uid="django_bearer_migrate.user")
    security_event.connect(_ended, dispatch_uid="django_bearer_migrate.ended")
    post_migrate.connect(_after_migrations, dispatch_uid="django_bearer_migrate.empty")


def _before_save(
    sender: Any, instance: Any, raw: bool = False, using: str = "", update_fields: Any = None, **_: Any
) -> None:
    """Record the state of an account as it is stored, before a save may change it."""
    if raw or instance._state.adding or not issubclass(sender, get_user_model()) or _is_off():
        return
    if (update_fields is not None and not FIELDS & set(update_fields)) or account_state.is_recorded(str(instance.pk)):
        return
    account_state.record(list(sender._base_manager.using(using).filter(pk=instance.pk)))


def _after_migrations(sender: Any, using: str = "", plan: Any = (), **_: Any) -> None:
    """Once, when the last app's migrations have run on the database of our tables, also after a flush."""
    if getattr(sender, "label", "") == "django_bearer_migrate" and using == router.db_for_write(MoveStart):
        account_state.start_if_empty()


def _ended(sender: Any, event: SecurityEvent, **_: Any) -> None:
    if event.kind in ENDING and event.user_id and not _is_off():
        account_state.end(event.user_id)


def _is_off() -> bool:
    return not settings.current().entries()
