"""What the rest of Django tells us: a password changed or was only rehashed, a user was disabled or deleted.

These end sessions at once; a change that sends no signal (`QuerySet.update()`, SQL) is noticed by the next request,
which compares the password and the user's state itself.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import post_delete, post_save, pre_save

from .accounts import last_login, rehash
from .accounts.password_fingerprint import fingerprint
from .api_tokens import service_accounts
from .database import event_records, model_listeners
from .events import SecurityEvent, security_event
from .models import ServiceAccount
from .sessions import revocation


def connect() -> None:
    """Listen to the user model, and to our own events."""
    last_login.connect()
    security_event.connect(_keep, dispatch_uid="django_bearer.keep")
    model_listeners.ignore(_before_save, _after_save)
    pre_save.connect(_before_save, dispatch_uid="django_bearer.rehash")
    post_save.connect(_after_save, dispatch_uid="django_bearer.user_saved")
    post_delete.connect(_after_delete, dispatch_uid="django_bearer.user_deleted")
    pre_save.connect(_before_service, sender=ServiceAccount, dispatch_uid="django_bearer.service")
    post_save.connect(_after_service, sender=ServiceAccount, dispatch_uid="django_bearer.service_saved")
    post_delete.connect(_without_service, sender=ServiceAccount, dispatch_uid="django_bearer.service_deleted")


def _keep(sender: Any, event: SecurityEvent, **_: Any) -> None:
    event_records.keep(event)


def _before_save(sender: Any, instance: Any, update_fields: Any = None, using: str = "", **_: Any) -> None:
    """A rehash at login is written to the sessions along with the user's row, so that no request falls in between."""
    if issubclass(sender, get_user_model()) and _is_rehash(instance, update_fields):
        rehash.before_save(instance, using)


def _is_rehash(user: Any, update_fields: Any) -> bool:
    """Whether a save looks like the one Django makes when a login's hash is out of date.

    `AbstractBaseUser.check_password` then sets the password, marks it as not newly set, and saves that column alone.
    Whether the stored hash really was out of date is asked next, so that any other way of writing a hash counts
    as a changed password.
    """
    return (
        update_fields is not None
        and set(update_fields) == {"password"}
        and "_password" in vars(user)
        and user._password is None
    )


def _after_save(
    sender: Any, instance: Any, created: bool, using: str, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    if created or raw or not issubclass(sender, get_user_model()):
        return
    if not getattr(instance, "is_active", True):
        revocation.end_disabled_user(instance.pk, "user_inactive", using)
    if (update_fields is None or "password" in update_fields) and hasattr(instance, "password"):
        revocation.end_changed_password(instance.pk, fingerprint(instance), using)


def _after_delete(sender: Any, instance: Any, using: str, **_: Any) -> None:
    if issubclass(sender, get_user_model()):
        revocation.end_disabled_user(instance.pk, "user_deleted", using)


def _before_service(sender: Any, instance: Any, using: str, update_fields: Any = None, **_: Any) -> None:
    """Note whether a save switches a service account, which the saved row does not tell."""
    before = None
    if not instance._state.adding and (update_fields is None or "is_active" in update_fields):
        before = sender.objects.using(using).filter(pk=instance.pk).values_list("is_active", flat=True).first()
    instance._was_active = before


def _after_service(sender: Any, instance: Any, **_: Any) -> None:
    before = vars(instance).pop("_was_active", None)
    if before is not None and before is not instance.is_active:
        service_accounts.publish(instance, instance.is_active, "saved")


def _without_service(sender: Any, instance: Any, **_: Any) -> None:
    service_accounts.publish(instance, False, "deleted")
