"""The owner of a credential: a user of this database or a service account, and no other object with a primary key."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from ..database import aliases
from ..models import ServiceAccount


def require_user(user: Any) -> None:
    """Raise `TypeError` for any other object, whose primary key would be taken for a user's."""
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
    """Raise `TypeError` for an owner of another database, whose primary key may be another owner's here."""
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
