"""Who may reset the second factor of whom: staff who may change users, and of a superuser only another one."""

from __future__ import annotations

from typing import Any


def fault(by: Any, user: Any) -> str:
    """Why `by` may not reset the factor of `user`; empty where they may. It reads the permissions of `by`.

    Whoever may change users in the admin may set their passwords there. A superuser is left to superusers, as there.
    """
    if by is None or not getattr(by, "is_active", True):
        return "whoever asks or has asked is not active"
    if by.pk == user.pk:
        return "nobody resets their own factor"
    if not (getattr(by, "is_staff", False) or getattr(by, "is_superuser", False)):
        return "only staff resets a factor"
    meta = user._meta
    permission = f"{meta.app_label}.change_{meta.model_name}"
    if not by.has_perm(permission):
        return f"the permission {permission} is missing"
    if getattr(user, "is_superuser", False) and not getattr(by, "is_superuser", False):
        return "only a superuser resets the factor of a superuser"
    return ""
