"""The user whom an operator names: by user name, or by the primary key that events carry."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db.models import CharField, TextField

from ..database import aliases, event_records, webhook_outbox
from .escaping import escape

NO_VALUE = (ValidationError, ValueError, TypeError, OverflowError)
"""What a field raises for a text that is no value of its own."""


class Named(NamedTuple):
    """The primary key that is meant, and what to tell of how it was found; empty where there is nothing to tell."""

    key: str
    note: str = ""


def by_name(wanted: str) -> list[Any]:
    """Those of this user name, two at most.

    Not by the default manager: it may hide users who are inactive, and one who is hidden may have tokens.
    """
    model = get_user_model()
    try:
        return list(model._base_manager.using(aliases.user_alias()).filter(**{model.USERNAME_FIELD: wanted})[:2])
    except NO_VALUE:
        return []


def sole(wanted: str) -> Any:
    """The one user of this name. Raises `CommandError` for nobody, and for several."""
    found = by_name(wanted)
    if len(found) != 1:
        raise CommandError(f"Several users are named {wanted!r}." if found else f"There is no user {wanted!r}.")
    return found[0]


def key_of(wanted: str) -> Named:
    """The primary key of whom `wanted` names: the key of a user or of an event, a user name, or another possible key.

    A key comes before a name: somebody may take the digits of another's key for a name. Raises `CommandError` for
    what names nobody and could be no key.
    """
    user = _by_key(wanted)
    if _is_kept(wanted) or (user is not None and str(user.pk) == wanted):
        return Named(wanted, _also_a_name(wanted))
    if by_name(wanted):
        found = sole(wanted)
        return Named(str(found.pk), f"This is the user {escape(found.get_username())} ({found.pk}).")
    if user is not None:
        return Named(str(user.pk))
    if not _could_be_key(wanted):
        raise CommandError(f"There is no user {wanted!r}, and nothing is kept about a user with this primary key.")
    return Named(wanted)


def _is_kept(key: str) -> bool:
    return any(rows.filter(user_id=key).exists() for rows in (event_records.rows_kept(), webhook_outbox.rows()))


def _also_a_name(key: str) -> str:
    others = [user for user in by_name(key) if str(user.pk) != key]
    if not others:
        return ""
    return f"{key!r} is taken as a primary key here. The user of this name has another: --user {others[0].pk}"


def _by_key(wanted: str) -> Any:
    try:
        return get_user_model()._base_manager.using(aliases.user_alias()).filter(pk=wanted).first()
    except NO_VALUE:
        return None


def _could_be_key(wanted: str) -> bool:
    """Whether a user who is gone may have had this key. Any text may be one of text: it says nothing."""
    field = get_user_model()._meta.pk
    if isinstance(field, (CharField, TextField)):
        return False
    try:
        field.to_python(wanted)
    except NO_VALUE:
        return False
    return True
