"""What the rest of Django tells us: a password changed or was only rehashed, a user was disabled or deleted.

These end sessions at once; a change that sends no signal (`QuerySet.update()`, SQL) is noticed by the next request,
which compares the password and the user's state itself.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.db.models.signals import post_delete, post_save, pre_save

from .models import Session
from .sessions import revocation
from .sessions.fingerprint import fingerprint, of_encoded
from .storage import place


def connect() -> None:
    """Listen to the user model."""
    pre_save.connect(_before_save, dispatch_uid="django_bearer.rehash")
    post_save.connect(_after_save, dispatch_uid="django_bearer.user_saved")
    post_delete.connect(_after_delete, dispatch_uid="django_bearer.user_deleted")


def _before_save(sender: Any, instance: Any, update_fields: Any = None, using: str = "", **_: Any) -> None:
    """A rehash at login is written to the sessions before the user's row, so that no request falls in between."""
    if not issubclass(sender, get_user_model()) or not _is_rehash(instance, update_fields):
        return
    before = sender._base_manager.using(using).filter(pk=instance.pk).values_list("password", flat=True).first()
    if before is None or not _is_outdated(before) or _is_outdated(instance.password):
        return
    sessions = Session.objects.using(place.alias()).filter(user_id=instance.pk)
    old, new = of_encoded(before), of_encoded(instance.password)
    # Either fingerprint is of the same password; the older of three drops out.
    sessions.filter(rehashed_fingerprint=old).update(password_fingerprint=old, rehashed_fingerprint=new)
    sessions.filter(password_fingerprint=old).update(rehashed_fingerprint=new)


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


def _is_outdated(encoded: str) -> bool:
    """Whether Django would hash this password again at the next login."""
    try:
        hasher = identify_hasher(encoded)
    except ValueError:
        return False
    preferred = get_hasher()
    return bool(hasher.algorithm != preferred.algorithm or preferred.must_update(encoded))


def _after_save(
    sender: Any, instance: Any, created: bool, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    if created or raw or not issubclass(sender, get_user_model()):
        return
    if not getattr(instance, "is_active", True):
        revocation.end_disabled_user(instance.pk, "user_inactive")
    if (update_fields is None or "password" in update_fields) and hasattr(instance, "password"):
        revocation.end_changed_password(instance.pk, fingerprint(instance))


def _after_delete(sender: Any, instance: Any, **_: Any) -> None:
    if issubclass(sender, get_user_model()):
        revocation.end_disabled_user(instance.pk, "user_deleted")
