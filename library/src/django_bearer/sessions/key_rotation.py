"""The planned change of signing keys: what is due now, and doing it, so that a daily cron job needs no judgement.

    published → (verifiers have learned it) → active → (a newer one signs) → retired → (its last token expired) → gone

Each run does what is due and nothing twice: it may be run at any time, by several machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .. import conf
from ..database import key_changes, signing_keys
from ..database.key_changes import LockedRing
from ..database.signing_keys import StoredKey
from ..keys.key import Key
from ..keys.keyring import KeyState
from ..primitives.clock import SECOND

TOKENS_LIVE = 2 * 3600
"""Seconds for which a retired key is kept: more than any access token may live, leeway included."""


class Step(StrEnum):
    """What can be due."""

    PUBLISH = "publish"
    ACTIVATE = "activate"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Due:
    """A step, the key it is about (none to publish a new one), and the time from which it may be done."""

    step: Step
    kid: str
    at: int


def plan(ring: Sequence[StoredKey], every: int, verifiers_keep: int) -> list[Due]:
    """The next step for each key, the earliest first, whether or not it is due. Pure.

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

    What is due is found out under the same lock under which it is done, by the database's time alone. Raises
    `KeyDecryptionFailed` when a stored key cannot be opened.
    """
    signing_keys.ring_with_keys(issuer)

    def work(ring: LockedRing) -> tuple[list[Due], list[Due]]:
        due = [step for step in plan(ring.stored(), every, verifiers_keep) if step.at <= ring.now]
        done = [_do(ring, step) for step in due]
        return done, plan(ring.stored(), every, verifiers_keep)

    return key_changes.change(issuer, work)


def publish(issuer: str, state: KeyState = KeyState.PUBLISHED, algorithm: str | None = None) -> str:
    """Make a new signing key in that state and return its kid."""
    signing_keys.ring_with_keys(issuer)
    key = _new_key(algorithm)
    return key_changes.change(issuer, lambda ring: ring.insert(key, state))


def activate(issuer: str, kid: str, verifiers_keep: int = 0) -> int:
    """Let one key sign, and retire those that signed before it.

    Returns the seconds for which verifiers that keep the public set for `verifiers_keep` seconds may not know the key
    yet; 0 where it was published before that, or has signed before.
    """

    def work(ring: LockedRing) -> int:
        known_from = {
            key.kid: key.changed_at + verifiers_keep * SECOND
            for key in ring.stored()
            if key.state is KeyState.PUBLISHED
        }
        ring.activate(kid)
        return max(0, -(-(known_from.get(kid, 0) - ring.now) // SECOND))

    return key_changes.change(issuer, work)


def move(issuer: str, kid: str, state: KeyState) -> None:
    """Move a signing key to another state. Raises `InvalidKey` for the only key that signs."""
    key_changes.change(issuer, lambda ring: ring.move(kid, state))


def remove(issuer: str, kid: str) -> None:
    """Take a signing key out of the ring for good. Raises `InvalidKey` for the only key that signs."""
    key_changes.change(issuer, lambda ring: ring.remove(kid))


def revoke(issuer: str, kid: str, cause: str) -> None:
    """Refuse everything a key has signed and take it out of the ring; where it alone signed, a new key does."""
    spare = _new_key()
    key_changes.change(issuer, lambda ring: ring.revoke(kid, spare, cause))


def _new_key(algorithm: str | None = None) -> Key:
    return Key.generate(algorithm or conf.current().signing_algorithm)


def _do(ring: LockedRing, due: Due) -> Due:
    match due.step:
        case Step.PUBLISH:
            return Due(due.step, ring.insert(_new_key(), KeyState.PUBLISHED), due.at)
        case Step.ACTIVATE:
            ring.activate(due.kid)
        case Step.REMOVE:
            ring.remove(due.kid)
    return due
