"""Recovery links: made for a user, found again by their token, and used once."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import is_password_usable
from django.views.decorators.debug import sensitive_variables

from ..accounts import known_devices, lookup, second_factor
from ..accounts.single_use_tokens import SingleUseTokens
from ..database import aliases, issuers
from ..database.conflicts import retry_on_conflict
from ..errors import Failure, InvalidRecoveryLink, MalformedToken
from ..models import RecoveryLink
from ..primitives.clock import SECOND
from ..rate_limits import limiter, rules
from ..tokens import recovery_token

TOKENS = SingleUseTokens(RecoveryLink, recovery_token.digest_of)
LIFETIME = 900
"""Seconds for which a link is good (ASVS 6.4.1)."""
MADE = "3/15 minute"
"""Links made for one account. Whoever is refused one has three good ones in the mailbox: they last as long."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """A link that is good: whose it is, and whether a code of the second factor goes with the new password."""

    user: Any
    enrolled: bool
    issuer: str
    digest: bytes = field(repr=False)


def address_of(user: Any) -> str:
    """The address on file; empty where there is none."""
    return str(getattr(user, user.get_email_field_name(), None) or "")


def may_recover(user: Any) -> bool:
    """Whether a new password may be mailed for: an active user with an address and a password (ASVS 6.4.6).

    Who has none logs in by other means, and recovery must not add a weaker one.
    """
    usable = is_password_usable(str(getattr(user, "password", "")))
    return bool(getattr(user, "is_active", True)) and usable and address_of(user) != ""


@sensitive_variables()
def make(user: Any, issuer: str) -> str | None:
    """A recovery token for this user, to be mailed to the address on file; None where enough are under way."""
    if limiter.admit((rules.bucket("recovery-links", MADE, lookup.key_of(user)),)):
        return None
    text, digest = recovery_token.new()
    row = RecoveryLink(
        digest=digest,
        user_id=user.pk,
        issuer=issuer,
        account=known_devices.account_fingerprint(issuer, user),
        email=address_of(user),
        enrolled=bool(second_factor.is_enrolled(user)),
        expires_at=issuers.now() + LIFETIME * SECOND,
    )
    retry_on_conflict(lambda: row.save(using=aliases.sessions_alias(), force_insert=True))
    return text


@sensitive_variables()
def find(text: str, issuer: str) -> Recovery | Failure:
    """The recovery that this token stands for. Nothing is consumed by asking.

    What ends it: its minutes, its use, another password or address, a factor that came or went, a logout everywhere.
    """
    try:
        digest = recovery_token.digest_of(text)
    except MalformedToken as error:
        return Failure(InvalidRecoveryLink, f"not a recovery token: {error}")
    return look(digest, issuer)


def look(digest: bytes, issuer: str) -> Recovery | Failure:
    """The recovery of the link with this digest, as it is now."""
    row = TOKENS.rows(digest).first()
    if row is None or row.issuer != issuer:
        return Failure(InvalidRecoveryLink, "there is no such link of this issuer, or it was used")
    user = lookup.user_of_key(str(row.user_id))
    state = issuers.state(issuer, row.user_id)
    if state.now >= row.expires_at:
        return Failure(InvalidRecoveryLink, "the link has expired; ask for another")
    if user is None or not may_recover(user):
        return Failure(InvalidRecoveryLink, "the user is gone, not active, or has no password or address")
    if not hmac.compare_digest(row.account, known_devices.fingerprint_in(state, issuer, user)):
        return Failure(InvalidRecoveryLink, "the password was changed, or the user logged out everywhere")
    enrolled = bool(second_factor.is_enrolled(user))
    if row.email != address_of(user) or row.enrolled != enrolled:
        return Failure(InvalidRecoveryLink, "the address or the second factor was changed")
    return Recovery(user, enrolled, issuer, digest)


def take(found: Recovery) -> bool:
    """Use the link up; False where somebody else was faster."""
    return TOKENS.take(found.digest)
