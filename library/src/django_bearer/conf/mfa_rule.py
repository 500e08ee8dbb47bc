"""Who must have a second factor: how `MFA_REQUIRED` is read, and whether it concerns a user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .readers import called, refuse, texts

EVERYONE, STAFF, GROUP, USER = "everyone", "staff", "group:", "user:"


@dataclass(frozen=True, slots=True)
class MfaRule:
    """Whom `MFA_REQUIRED` names: everyone, staff, members of groups, users by name, or whom a callable says."""

    everyone: bool = False
    staff: bool = False
    groups: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    call: Callable[..., object] | None = None

    def concerns(self, user: Any) -> bool:
        """Whether this user must have a second factor. Staff includes superusers. It reads the user's groups."""
        if self.everyone or (self.call is not None and bool(self.call(user))):
            return True
        if self.staff and (getattr(user, "is_staff", False) or getattr(user, "is_superuser", False)):
            return True
        if str(user.get_username()) in self.names:
            return True
        return bool(self.groups) and bool(user.groups.filter(name__in=self.groups).exists())


def mfa_rule(value: Any) -> MfaRule | None:
    """Reads None, `"everyone"`, `"staff"`, a list of these, `"group:NAME"` and `"user:NAME"`, or a callable(user).

    A list that names nobody is refused: it is more likely a slip than a wish.
    """
    if value is None:
        return None
    if callable(value) or (isinstance(value, str) and "." in value and not value.startswith((GROUP, USER))):
        return MfaRule(call=called("user")(value))
    named = (value,) if isinstance(value, str) else tuple(texts(value))
    groups = frozenset(one.removeprefix(GROUP) for one in named if one.startswith(GROUP))
    names = frozenset(one.removeprefix(USER) for one in named if one.startswith(USER))
    others = {one for one in named if not one.startswith((GROUP, USER))}
    if not named or "" in groups | names or not others <= {EVERYONE, STAFF}:
        raise refuse('"everyone", "staff", "group:NAME", "user:NAME", a list of these, or a callable(user).')
    return MfaRule(EVERYONE in others, STAFF in others, groups, names)
