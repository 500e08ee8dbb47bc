"""A user for the columns that name who did something, where a service account did it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from ..database import aliases
from ..errors import ConfigurationError
from ..models import ServiceAccount

HINT = "there is a user of this name who can log in; delete or rename one of the two"


def audit_user(principal: Any) -> Any:
    """Return the user whom a foreign key to the user model names for this principal: an audit trail, an author.

    For a user it is the user. For a service account it is a user of its own, named as `ServiceAccount.get_username()`
    says, who is inactive, has no password and so never logs in. It is made when it is first asked for. It stands in
    columns only: `request.user` stays the service account, so that nothing is allowed because of it.

    Args:
        principal: What a request came with, as `request.auth` or `request.user`; or None.

    Returns:
        A user, or None where there is none.

    Raises:
        ConfigurationError: A user of that name exists who can log in, or the user model takes no such user.
    """
    owner = getattr(principal, "user", principal)
    if not isinstance(owner, ServiceAccount):
        return owner if owner is not None and getattr(owner, "pk", None) is not None else None
    found = _find(owner) or _made(owner)
    if found.is_active or found.has_usable_password() or found.is_staff or found.is_superuser:
        raise ConfigurationError(f"{owner}: {HINT}.")
    return found


def _find(owner: ServiceAccount) -> Any:
    model = get_user_model()
    return model._base_manager.using(aliases.user_alias()).filter(**{model.USERNAME_FIELD: _name(owner)}).first()


def _made(owner: ServiceAccount) -> Any:
    model, using = get_user_model(), aliases.user_alias()
    user: Any = model(**{model.USERNAME_FIELD: _name(owner), "is_active": False})
    user.set_unusable_password()
    try:
        with transaction.atomic(using=using):
            user.save(using=using, force_insert=True)
    except IntegrityError as error:  # made by another process meanwhile
        found = _find(owner)
        if found is None:
            raise ConfigurationError(f"{owner}: the user model takes no user without further fields.") from error
        return found
    return user


def _name(owner: ServiceAccount) -> str:
    return owner.get_username()
