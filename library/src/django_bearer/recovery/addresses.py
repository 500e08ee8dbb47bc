"""Storing another e-mail address of an account, if the stored user is as it was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from ..database import aliases

CHANGE = "email_change"
"""What the code for another address is stored as."""
undone: list[Callable[[Any], None]] = []
"""Called with a user whose earlier address is set again: what else whoever took the account over may have left."""
address_stores: list[Callable[[Any, str], None]] = []
"""Called with a user and the address that was set, by us: what else keeps addresses, such as a package, follows."""


@sensitive_variables()
def set_address(user: Any, address: str, only_if: str, password: str | None = None) -> bool:
    """Store the address, and `password` as the encoded one, as part of the transaction that is open.

    False where the database has the address for another account, or where the stored user is not as `user` was read,
    with the address `only_if`.
    """
    field = user.get_email_field_name()
    rows = type(user)._base_manager.using(aliases.of(user)).filter(pk=user.pk, password=user.password)
    same: dict[str, Any] = {field: only_if}
    if any(one.name == "is_active" for one in user._meta.get_fields()):
        same["is_active"] = bool(user.is_active)
    try:
        with transaction.atomic(using=rows.db):
            if not rows.filter(**same).update(password=user.password):  # which also keeps everybody else waiting
                return False
            setattr(user, field, address)
            if password is not None:
                user.password = password
            user.save(update_fields=[field, *(["password"] if password is not None else [])])
            for store in address_stores:
                store(user, address)
    except IntegrityError:
        return False
    return True
