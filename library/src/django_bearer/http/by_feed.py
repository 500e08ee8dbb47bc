"""Outcomes that the feed decided: which they are, and which of them have turned out to be wrong since."""

from __future__ import annotations

from typing import Any

from ..accounts.lazy_user import LazyUser, refusal_of
from ..accounts.principal import Principal
from ..errors import Failure

Outcomes = dict[Any, Principal | Failure]


def forget(outcomes: Outcomes) -> None:
    """Forget what the feed has accepted, so that it is decided again. What was found out since stays."""
    accepted = [basis for basis, found in outcomes.items() if _user(found) is not None and _refusal(found) is None]
    for basis in accepted:
        del outcomes[basis]


def lost(outcomes: Outcomes) -> Failure | None:
    """Why a token that the feed accepted is refused after all, found out when its user was read; or None."""
    for outcome in outcomes.values():
        if type(outcome) is Principal and type(outcome.user) is LazyUser:
            found = refusal_of(outcome.user)
            if found is not None:
                return found
    return None


def _refusal(outcome: Principal | Failure) -> Failure | None:
    return refusal_of(_user(outcome))


def _user(outcome: Principal | Failure) -> LazyUser | None:
    """The user, where it is read only when it is used, as the feed leaves it."""
    user = outcome.user if type(outcome) is Principal else None
    return user if type(user) is LazyUser else None
