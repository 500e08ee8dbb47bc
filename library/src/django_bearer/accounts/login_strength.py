"""How strong and how recent a login was, and whether that is enough for what is asked: pure (RFC 9470)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..conf.readers import MAX_ACR, acr_name
from ..errors import (
    ConfigurationError,
    Failure,
    HTTPRefusal,
    InvalidRequest,
    ReauthenticationRequired,
    SessionRequired,
    StrongerLoginRequired,
)
from ..primitives.clock import SECOND
from . import impersonation_rules
from .principal import Principal
from .second_factor import REMEMBERED

MAX_AGE = 366 * 86_400
"""Seconds; a longer `max_age` is a slip of units."""
ROUNDING = 1
"""Seconds by which a login may lie in the future: of a second step within one second (`sessions.step_up`)."""


@dataclass(frozen=True, slots=True)
class LoginRequirement:
    """What the login behind a token must be: at most `max_age` seconds old, of one of these `acr_values`.

    `max_age` None asks for no age, no `acr_values` for no strength; one of the two is asked for.
    """

    max_age: int | None
    acr_values: tuple[str, ...] = ()

    def members(self) -> dict[str, str]:
        """The members of the challenge (RFC 9470 section 3)."""
        found = {"acr_values": " ".join(self.acr_values)} if self.acr_values else {}
        return found if self.max_age is None else {**found, "max_age": str(self.max_age)}


def requirement(max_age: int | None, acr: str | Iterable[str] | None) -> LoginRequirement:
    """What a project wrote, checked. Raises `ConfigurationError`: an empty requirement is more likely a slip."""
    if max_age is not None and (isinstance(max_age, bool) or not isinstance(max_age, int)):
        raise ConfigurationError("max_age is a whole number of seconds.")
    if max_age is not None and not 0 < max_age <= MAX_AGE:
        raise ConfigurationError(f"max_age is between 1 and {MAX_AGE} seconds.")
    named = None if acr is None else (acr,) if isinstance(acr, str) else tuple(acr)
    if named is not None and not (named and all(acr_name(name) for name in named)):
        raise ConfigurationError("acr is a name or a list of names, such as those of BEARER['ACR_VALUES'].")
    if max_age is None and named is None:
        raise ConfigurationError("name max_age, acr or both.")
    return LoginRequirement(max_age, named or ())


@dataclass(frozen=True, slots=True)
class StepUpFailure(Failure):
    """A refusal that tells what would be enough."""

    required: LoginRequirement = LoginRequirement(None)

    def exception(self) -> HTTPRefusal:
        refused = self.error(self.reason)
        refused.challenge_members = self.required.members()
        return refused


def unmet(required: LoginRequirement, principal: Principal) -> Failure | None:
    """Why the login behind this token is not enough, or None. What the token does not say counts as not proved.

    A login of the future is none (SU-03), but for the rest of a second; any one of the values suffices, and only
    those (SU-04). A login that left out the second factor on a remembered device is no recent one: it proves less
    than a step-up would.
    """
    claims, now = principal.claims, principal.checked_at
    if claims is None or now is None:
        return Failure(SessionRequired, "an API token was sent, and no person logs in behind it")
    acting = impersonation_rules.refuse_impersonated(principal)
    if acting is not None:
        return acting
    if required.acr_values and claims.acr not in required.acr_values:
        return StepUpFailure(StrongerLoginRequired, f"the token's acr is {claims.acr!r}", required)
    if required.max_age is not None and REMEMBERED in claims.amr:
        return StepUpFailure(ReauthenticationRequired, "the login was on a remembered device: step up", required)
    age = now // SECOND - claims.auth_time
    if required.max_age is not None and not -ROUNDING <= age <= required.max_age:
        reason = f"the login is {age} seconds old, and may be {required.max_age}"
        return StepUpFailure(ReauthenticationRequired, reason, required)
    return None


def methods_of(amr: Iterable[str]) -> tuple[str, ...]:
    """What a project says was proved (RFC 8176). Raises as `names_of`, and for what only a token of ours proves."""
    methods = names_of(amr)
    if REMEMBERED in methods:
        raise InvalidRequest(f"{REMEMBERED} is said of a remembered device alone, and by nobody else")
    return methods


def names_of(amr: Iterable[str]) -> tuple[str, ...]:
    """Names of methods that a session's row and its tokens can carry.

    Raises `InvalidRequest` for anything else, and for one bare string: its letters would count as methods.
    """
    methods = () if isinstance(amr, str | bytes) else tuple(amr)
    if isinstance(amr, str | bytes) or not all(map(acr_name, methods)) or len(" ".join(methods)) > MAX_ACR:
        raise InvalidRequest(f"amr is a list of names without spaces, of {MAX_ACR} characters together")
    return methods


def strength_of(acr: str, values: Mapping[str, Any], methods: frozenset[str]) -> str:
    """The strength that a project names, or what `ACR_VALUES` makes of the methods. Raises `InvalidRequest`."""
    if acr != "" and not acr_name(acr):
        raise InvalidRequest(f"acr is a name without spaces, of at most {MAX_ACR} characters")
    return acr or acr_of(values, methods)


def acr_of(values: Mapping[str, Any], methods: frozenset[str]) -> str:
    """The first of `ACR_VALUES` whose methods were all used, the strongest being named first; empty for none."""
    return next((acr for acr, ways in values.items() if any(way <= methods for way in ways)), "")
