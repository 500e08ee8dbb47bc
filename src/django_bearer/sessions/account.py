"""The account that a typed name finds: what its attempts are counted as, and what a device is known for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError

_USER, _NAME = "user ", "name "


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is the same for all names that find this account, `known_as` what no other account is known as."""

    name: str = field(repr=False)
    known_as: str = field(repr=False)

    def is_of(self, user: Any) -> bool:
        """Whether a login with the name may make a device known: it was `user` whom the name found, or nobody."""
        return self.is_unknown() or self.known_as == known_as(user)

    def is_unknown(self) -> bool:
        """Whether the name finds no user: it stands for itself, and a backend of the project's may know it."""
        return not self.known_as.startswith(_USER)


def find(name: str) -> Account:
    """The account for a name that somebody typed, by one read.

    Which spellings are one account is for the database's collation and the user model's manager to say, so both are
    asked. A name that finds nobody here may still be good for a backend of the project's own, and stands for itself.
    """
    lookup = getattr(get_user_model()._default_manager, "get_by_natural_key", None)
    try:
        user = lookup(name) if lookup else None
    except (ObjectDoesNotExist, MultipleObjectsReturned, ValidationError, ValueError, TypeError, OverflowError):
        user = None  # nobody, several, or a text that is no such name at all
    if user is None:
        return Account(name, f"{_NAME}{name}")
    return Account(str(user.get_username()), known_as(user))


def known_as(user: Any) -> str:
    """What a device that has logged in as `user` is known for: no name, since `ann+x` is not `ann`."""
    return f"{_USER}{user.pk}"
