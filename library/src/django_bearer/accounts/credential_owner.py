"""Whose a credential may be: a user's or a service account's, and nobody else's who happens to have a number."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from ..database import aliases
from ..models import ServiceAccount


def require_user(user: Any) -> None:
    """Raise `TypeError` for what is no user: a customer of the same number would be that user."""
    if not isinstance(user, get_user_model()):
        raise TypeError(f"this is for users, and a {type(user).__name__} is none")
    _require_home(user, aliases.user_alias())


def owned(owner: Any) -> dict[str, Any]:
    """The column that names the owner of an API token. Raises `TypeError` for anything but a user or a service."""
    if isinstance(owner, ServiceAccount):
        _require_home(owner, aliases.sessions_alias())
        return {"service_id": owner.pk}
    if not isinstance(owner, get_user_model()):
        raise TypeError(f"an API token is a user's or a ServiceAccount's, and a {type(owner).__name__} is neither")
    _require_home(owner, aliases.user_alias())
    return {"user_id": owner.pk}


def _require_home(owner: Any, using: str) -> None:
    """Raise `TypeError` for who was read from another database: whoever has the same number here would be meant."""
    home = aliases.of(owner)
    if home != using:
        raise TypeError(
            f"this {type(owner).__name__} is of the database {home!r}, and credentials are now made for those of"
            f" {using!r}: choose the tenant first, as for a request (docs/guide/tenants.md)"
        )


def user_of(rows: Any) -> str:
    """The key of the user of the one row in `rows`, as events tell it; empty when there is none."""
    key = rows.values_list("user_id", flat=True).first()
    return "" if key is None else str(key)
