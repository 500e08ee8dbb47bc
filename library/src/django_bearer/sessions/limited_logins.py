"""Logins that lack a step: begun with a limited token, found again by it, and taken once."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from typing import Any

from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import lookup, remembered_devices
from ..accounts.login_policy import Purpose, Step
from ..accounts.password_fingerprint import fingerprint
from ..accounts.single_use_tokens import SingleUseTokens
from ..database import aliases, issuers, rate_limit_counters, revocations
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import write_despite_refusal
from ..database.issuers import IssuerState
from ..database.rate_limit_counters import Window
from ..errors import Failure, InvalidLimitedToken, LoginIncomplete, MalformedToken
from ..models import LimitedLogin
from ..primitives.clock import SECOND
from ..tokens import limited_token
from ..tokens.refresh_token import TokenDelivery

TOKENS = SingleUseTokens(LimitedLogin, limited_token.digest_of)
CODE_KEPT = 600 * SECOND
"""Microseconds for which a code that was taken is taken no more."""


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A login that lacks a step: whose it is, how far it has come, and what was asked for.

    Attributes:
        user: The user who has proved a first factor.
        step: The step that is lacking.
        methods: The methods proved so far (RFC 8176).
        client_id: The client that logs in.
        delivery: Whether the refresh token will reach it in a body or in a cookie.
        purpose: What the login was asked for: `login` or `session`.
        asked: A mapping of the options that the session was asked for with.
        digest: The SHA-256 of the limited token.
        state: The state of issuer and user when the token was looked up: what ends later ends the session too.
    """

    user: Any
    step: Step
    methods: frozenset[str]
    client_id: str
    delivery: TokenDelivery
    purpose: Purpose
    asked: dict[str, Any] = field(repr=False)
    digest: bytes = field(repr=False)
    state: IssuerState = field(repr=False)


@sensitive_variables()
def begin(
    user: Any,
    step: Step,
    *,
    issuer: str,
    state: IssuerState,
    client_id: str,
    delivery: TokenDelivery,
    purpose: Purpose,
    asked: dict[str, Any],
) -> LoginIncomplete:
    """Store an attempt, and return the refusal that carries its limited token: `raise begin(…)`.

    It outlives the rollback of a caller's transaction, since the refusal is what it belongs to.
    """
    text, digest = limited_token.new()
    lifetime, now = conf.current().limited_token_lifetime, state.later()
    row = LimitedLogin(
        digest=digest,
        user_id=user.pk,
        issuer=issuer,
        client_id=client_id,
        delivery=delivery,
        purpose=purpose,
        step=step,
        asked=asked,
        created_at=now,
        expires_at=now + lifetime * SECOND,
        password_fingerprint=fingerprint(user),
        user_epoch=state.user_epoch,
        issuer_epoch=state.epoch,
    )
    using = aliases.sessions_alias()
    alone = not (aliases.connection(using).in_atomic_block or aliases.in_transaction(using))
    write_despite_refusal(lambda: (_store if alone else _store_again)(row))
    events.publish(
        events.EventKind.LOGIN_LIMITED, user_id=str(user.pk), client_id=client_id, details={"step": step.value}
    )
    refused = LoginIncomplete(f"the login lacks a step: {step}")
    refused.members = {"step": step.value, "limited_token": text, "expires_in": lifetime}
    remembered_for = remembered_devices.lifetime()
    first = frozenset(asked.get("amr", ()))
    if step is Step.SECOND_FACTOR and remembered_for and remembered_devices.may_be_remembered(first):
        refused.members["remember_device_for"] = remembered_for
    return refused


def _store(row: LimitedLogin) -> None:
    """In one statement, so that a right password costs no more than a wrong one."""
    retry_on_conflict(lambda: row.save(using=aliases.sessions_alias(), force_insert=True))


def _store_again(row: LimitedLogin) -> None:
    """Once, however often: it is repeated where the caller's transaction was rolled back."""
    LimitedLogin.objects.using(aliases.sessions_alias()).bulk_create([row], ignore_conflicts=True)


@sensitive_variables()
def find(text: str, step: Step, issuer: str) -> PendingLogin | Failure:
    """The attempt that this limited token belongs to, if it lacks this very step and nothing ended it since.

    What ends it: its minutes, another password, a logout everywhere, a deactivated user, the issuer's new epoch.
    """
    try:
        digest = limited_token.digest_of(text)
    except MalformedToken as error:
        return Failure(InvalidLimitedToken, f"not a limited token: {error}")
    row = TOKENS.rows(digest).first()
    if row is None or row.issuer != issuer or row.step != step:
        return Failure(InvalidLimitedToken, "no login of this issuer lacks this step by that token")
    user = lookup.user_of_key(str(row.user_id))
    state = issuers.state(issuer, row.user_id)
    reason = _over(row, user, state)
    if reason is not None:
        return Failure(InvalidLimitedToken, reason)
    return PendingLogin(
        user,
        step,
        frozenset(row.asked.get("amr", ())),
        row.client_id,
        TokenDelivery(row.delivery),
        Purpose(row.purpose),
        row.asked,
        digest,
        state,
    )


def _over(row: LimitedLogin, user: Any, state: IssuerState) -> str | None:
    """Why an attempt is over, or None. Pure."""
    if state.now >= row.expires_at:
        return "the limited token has expired; log in again"
    if user is None or not getattr(user, "is_active", True):
        return "the user is gone or not active"
    if row.user_epoch < state.user_epoch or row.issuer_epoch < state.epoch:
        return "the user logged out everywhere, or the issuer ended what was begun"
    if not _is_of_this_password(row, user, state):
        return "the password was changed"
    return None


def _is_of_this_password(row: LimitedLogin, user: Any, state: IssuerState) -> bool:
    """Whether the user has the password of then, though it may have been hashed anew meanwhile. Pure."""
    then, now = bytes(row.password_fingerprint), fingerprint(user)
    if hmac.compare_digest(then, now):
        return True
    first, last = state.password_fingerprint, state.rehashed_fingerprint
    return bool(last) and hmac.compare_digest(last, now) and hmac.compare_digest(first, then)


def take(pending: PendingLogin) -> bool:
    """End the attempt, so that it yields one session and no more; False where somebody else was faster."""
    return TOKENS.take(pending.digest)


def claim(pending: PendingLogin) -> PendingLogin | None:
    """The attempt under a digest that nobody has a token for, while its last step is done; None for all but one.

    The step is the project's own code, which no lock may be held for. `release` gives the attempt back.
    """
    digest = limited_token.new()[1]
    rows = TOKENS.rows(pending.digest)
    moved = retry_on_conflict(lambda: bool(rows.update(digest=digest)))
    return replace(pending, digest=digest) if moved else None


def release(claimed: PendingLogin, pending: PendingLogin) -> None:
    """Let the limited token find the attempt again: its step was not done."""
    rows = TOKENS.rows(claimed.digest)
    write_despite_refusal(lambda: rows.update(digest=pending.digest))


@sensitive_variables()
def take_code(user: Any, code: str, now: int) -> bool:
    """Note that this user's code was used; False where it was already, in any attempt (NI-09, ASVS 6.5.1).

    Only a keyed hash of it is stored. Spellings that are one number are one code: those that check it may read it as
    a number.
    """
    spelled = code.casefold().lstrip("0")
    name = rate_limit_counters.name(Window(f"code|{lookup.key_of(user)}|{spelled}", 0, 0)).hex()
    return retry_on_conflict(lambda: revocations.add(revocations.RevocationKind.CODE, name, now + CODE_KEPT, "used"))
