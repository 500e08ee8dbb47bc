"""The account that a typed name finds: what its attempts are counted as, and what a device is known for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError

from .. import conf
from ..database import account_read, aliases
from ..database.issuers import IssuerState
from . import name_reach

other_names: list[Callable[[str], Any]] = []
"""Called with a name that finds no user by itself: who logs in by it all the same, such as by an e-mail address."""


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is the same for all names that find this account; `user` is whom they find, None for nobody.

    `state` is what was read beside the user, if anything was, and `password` the encoded one of then. Where
    `as_django` is true, Django's own backend would find the same by this name. `sole` says that nobody else logs in
    by it.
    """

    name: str = field(repr=False)
    user: Any = field(default=None, repr=False)
    state: IssuerState | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    as_django: bool = False
    sole: bool = False

    @property
    def key(self) -> str:
        """What no other account has, nor one of the same number at another tenant; empty where nobody was found."""
        return "" if self.user is None else key_of(self.user)

    def is_of(self, user: Any) -> bool:
        """Whether it is `user` whom the name found. What was counted is theirs to take back then, and only then."""
        return self.user is not None and self.key == key_of(user)

    def state_for(self, user: Any, issuer: str) -> IssuerState | None:
        """The state that was read beside the account, where it is that of `user` and issuer still.

        After a rehash or a logout everywhere, or where a backend chose another user, it must be read anew.
        """
        known = self.state is not None and self.state.is_of_use() and self.state.issuer == issuer and self.is_of(user)
        same = known and self.password == getattr(user, "password", None)
        return self.state if same else None


def find(name: str, issuer: str = "") -> Account:
    """The account for a name that somebody typed, by one read; with the state of `issuer` where that can be read.

    Which spellings are one account is for the database's collation and the user model's manager to say, so both are
    asked, where users are written: a replica may not know of a changed password yet. A name that finds nobody here
    may still be good for a backend of the project's own, and stands for itself.
    """
    as_django = account_read.can_read(aliases.sessions_alias())
    user, state = account_read.read(name, issuer) if as_django else (_by_manager(name), None)
    by_name = user is not None
    if user is None:
        user, state = next((found for ask in other_names if (found := ask(name)) is not None), None), None
        as_django = as_django and user is None  # Django's own backend does not know it by this name
    if user is None:
        return Account(name, as_django=as_django)
    encoded = getattr(user, "password", None)
    sole = not name_reach.may_reach_others(name, user, by_name)
    return Account(str(user.get_username()), user, state if issuer else None, encoded, as_django, sole)


def _by_manager(name: str) -> Any:
    manager = get_user_model()._default_manager.db_manager(aliases.user_alias())
    lookup = getattr(manager, "get_by_natural_key", None)
    try:
        return lookup(name) if lookup else None
    except (ObjectDoesNotExist, MultipleObjectsReturned, ValidationError, ValueError, TypeError, OverflowError):
        return None  # nobody, several, or a string that is no such name at all


def user_of_key(pk: str) -> Any:
    """The user of a primary key, or None."""
    try:
        return get_user_model()._default_manager.using(aliases.user_alias()).filter(pk=pk).first()
    except (ValidationError, ValueError, TypeError, OverflowError):
        return None


def user_of_subject(subject: str) -> Any:
    """The user whom a token's `sub` names, by `USER_ID_FIELD`, or None."""
    named = {conf.current().user_id_field: subject}
    return get_user_model()._default_manager.using(aliases.user_alias()).filter(**named).first()


def key_of(user: Any) -> str:
    """One string for one account: no name, since `ann+x` is not `ann`, and no bare number, which tenants share."""
    return f"user {aliases.accounts()} {user.pk}"
