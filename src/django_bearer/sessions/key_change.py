"""The planned change of signing keys: what is due now, and doing it, so that a daily cron job needs no judgement.

    published → (verifiers have learned it) → active → (a newer one signs) → retired → (its last token is dead) → gone

Each run does what is due and nothing twice: it may be run at any moment, by several machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..clock import SECOND
from ..keys.keyring import KeyState
from ..storage import issuers, keys
from ..storage.keys import StoredKey

TOKENS_LIVE = 2 * 3600
"""Seconds for which a retired key is kept: more than any access token may live, leeway included."""


class Step(StrEnum):
    """What can be due."""

    PUBLISH = "publish"
    ACTIVATE = "activate"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Due:
    """A step, the key it is about (none to publish a new one), and the moment from which it may be done."""

    step: Step
    kid: str
    at: int


def plan(ring: Sequence[StoredKey], every: int, verifiers_keep: int) -> list[Due]:
    """The next step for each key, the earliest first, whether or not its moment has come. Pure.

    `every` is the age in seconds at which the signing key is replaced; `verifiers_keep` how many seconds verifiers
    may keep the public set. While a key is published no other is; of two, made by two machines at once, the older has
    never signed and goes.
    """
    published = [key for key in ring if key.state is KeyState.PUBLISHED]
    active = [key for key in ring if key.state is KeyState.ACTIVE]
    retired = [key for key in ring if key.state is KeyState.RETIRED]
    steps = [Due(Step.REMOVE, key.kid, key.changed_at + TOKENS_LIVE * SECOND) for key in retired]
    steps += [Due(Step.REMOVE, key.kid, key.changed_at) for key in published[:-1]]
    if published:
        steps.append(Due(Step.ACTIVATE, published[-1].kid, published[-1].changed_at + verifiers_keep * SECOND))
    elif active:
        steps.append(Due(Step.PUBLISH, "", max(key.changed_at for key in active) + every * SECOND))
    return sorted(steps, key=lambda due: due.at)


def rotate(issuer: str, every: int, verifiers_keep: int) -> tuple[list[Due], list[Due]]:
    """Do what is due for an issuer's signing keys; returns what was done and what comes next.

    Raises `KeyUnusable` when a stored key cannot be opened.
    """
    keys.begun(issuer)
    now = issuers.now()
    steps = plan(keys.stored(issuer), every, verifiers_keep)
    done = [_do(issuer, due) for due in steps if due.at <= now]
    return done, plan(keys.stored(issuer), every, verifiers_keep)


def activate(issuer: str, kid: str) -> None:
    """Let one key sign, and retire those that signed before it."""
    keys.set_state(issuer, kid, KeyState.ACTIVE)
    for other in keys.active(issuer):
        if other != kid:
            keys.set_state(issuer, other, KeyState.RETIRED)


def _do(issuer: str, due: Due) -> Due:
    match due.step:
        case Step.PUBLISH:
            return Due(due.step, keys.add(issuer, KeyState.PUBLISHED), due.at)
        case Step.ACTIVATE:
            activate(issuer, due.kid)
        case Step.REMOVE:
            keys.set_state(issuer, due.kid, None)
    return due
