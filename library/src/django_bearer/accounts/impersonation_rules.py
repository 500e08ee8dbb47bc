"""Who may act for another user, and for whom: pure rules, asked when it begins and at each request after that."""

from __future__ import annotations

from typing import Any

from ..errors import Failure, ImpersonationRefused
from .principal import Principal

PERMISSION = "django_bearer.impersonate_user"
"""What staff must have, beside `is_staff`."""


def refuse_impersonated(principal: Any) -> Failure | None:
    """A `Failure` where somebody acts for another user, for what only that user may do; None for everybody else."""
    acting = isinstance(principal, Principal) and principal.claims is not None and principal.claims.act is not None
    return Failure(ImpersonationRefused, "staff acts for this user, and this is the user's own") if acting else None


def actor_fault(actor: Any) -> str:
    """Why this user may act for nobody; empty for staff who may. It reads the user's permissions."""
    if actor is None or not getattr(actor, "is_active", False) or not getattr(actor, "is_staff", False):
        return "only active staff may act for another user"
    return "" if actor.has_perm(PERMISSION) else f"the permission {PERMISSION} is missing"


def target_fault(actor: Any, user: Any) -> str:
    """Why nobody may act for this user; empty where it may be done. Pure."""
    if user is None or not getattr(user, "is_active", False):
        return "there is no such active user"
    if getattr(user, "is_staff", False) or getattr(user, "is_superuser", False):
        return "nobody acts for staff"
    return "nobody acts for themselves" if user.pk == actor.pk else ""
