"""Changes of an issuer's signing keys: looked at and done under one lock, in one transaction.

Two operators, or a command beside the admin, wait for each other, and the second sees what the first has done. None
of them looks at a copy that is no longer true, so a ring that signs is never left without a key that does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .. import conf, events
from ..errors import InvalidKey, KeyDecryptionFailed
from ..keys.key import Key
from ..keys.keyring import KeyState, KeyUse
from ..models import SigningKey
from ..primitives.clock import SECOND
from ..primitives.redaction import redact_locals
from . import aliases, issuers, key_rows, revocations, signing_keys
from .conflicts import retry_on_conflict

T = TypeVar("T")
GONE = "gone"


class LockedRing:
    """The signing keys of an issuer, as they are while nobody else can change them. Timestamps in microseconds."""

    def __init__(self, using: str, issuer: str) -> None:
        self.issuer, self._using = issuer, using
        found = key_rows.for_change(using, issuer)
        self._rows = {row.kid: row for row in found if row.use == KeyUse.SIGNING}
        self.now = issuers.now()
        self.changes: list[tuple[str, str]] = []
        """The kid and new state of each change, for the events that follow the commit."""

    def stored(self) -> list[signing_keys.StoredKey]:
        """The signing keys, oldest first."""
        return [signing_keys.described(row) for row in self._rows.values()]

    def signing(self) -> list[str]:
        """The kids of the keys that sign."""
        return [kid for kid, row in self._rows.items() if row.state == KeyState.ACTIVE]

    def insert(self, key: Key, state: KeyState) -> str:
        """Add a key; returns its kid."""
        self._rows[key.kid] = key_rows.insert_signing(self._using, self.issuer, key, state)
        self.changes.append((key.kid, state.value))
        return key.kid

    def activate(self, kid: str) -> None:
        """Let a key sign, and retire those that signed before it. Raises `InvalidKey` for one that is not there."""
        self._move(self._named(kid), KeyState.ACTIVE)
        for other in self.signing():
            if other != kid:
                self._move(self._rows[other], KeyState.RETIRED)

    def move(self, kid: str, state: KeyState) -> None:
        """Move a key to another state. Raises `InvalidKey` for one that is gone, and for the only one that signs."""
        row = self._named(kid)
        if state is not KeyState.ACTIVE:
            self._require_another(kid)
        self._move(row, state)

    def remove(self, kid: str) -> None:
        """Take a key out of the ring for good. Raises `InvalidKey` as `move` does."""
        row = self._named(kid)
        self._require_another(kid)
        self._delete(row)

    def revoke(self, kid: str, spare: Key, cause: str) -> None:
        """Refuse what a key has signed and take it out of the ring; `spare` signs where no other key does."""
        if kid in self._rows and self.signing() in ([kid], []):
            self.insert(spare, KeyState.ACTIVE)
        revocations.add("key", kid, self.now + conf.current().session_lifetime * SECOND, cause)
        if kid in self._rows:
            self._delete(self._rows[kid])

    def _named(self, kid: str) -> SigningKey:
        if kid not in self._rows:
            raise InvalidKey(f"no signing key of {self.issuer} is named {kid!r} any more; bearer_keys list shows all")
        return self._rows[kid]

    def _require_another(self, kid: str) -> None:
        if self.signing() == [kid]:
            raise InvalidKey(f"{kid} is the only key that signs; activate another one first, or revoke this one")

    def _move(self, row: SigningKey, state: KeyState) -> None:
        plain = key_rows.plain(row)
        row.state, row.changed_at = state.value, self.now
        row.encrypted_private_key = key_rows.encrypted_private_key(row, plain)
        row.save(using=self._using)
        self.changes.append((row.kid, state.value))

    def _delete(self, row: SigningKey) -> None:
        row_id, kid = row.pk, row.kid
        SigningKey.objects.using(self._using).filter(pk=row_id).delete()
        del self._rows[kid]
        self.changes.append((kid, GONE))


@redact_locals
def change(issuer: str, work: Callable[[LockedRing], T]) -> T:
    """What `work` returns, done to the issuer's keys while nobody else can change them; all of it or nothing.

    Where it loses a race it is done again. Raises what `work` raises, and `KeyDecryptionFailed` for a key that does
    not open.
    """
    using = aliases.sessions_alias()
    before = {row.kid for row in signing_keys.stored(issuer)}

    def write() -> tuple[T, list[tuple[str, str]]]:
        with key_rows.locked(using, issuer):
            ring = LockedRing(using, issuer)
            outcome = work(ring)
            if ring.changes:
                key_rows.raise_version(using, issuer)
        return outcome, ring.changes

    outcome, changes = retry_on_conflict(write)
    signing_keys.clear_cache()
    for kid, state in changes:
        kind = events.EventKind.KEY_CHANGED if kid in before or state == GONE else events.EventKind.KEY_CREATED
        events.publish(kind, details={"kid": kid, "state": state})
    return outcome


def reencrypt(issuer: str) -> int:
    """Encrypt every key of an issuer again under the newest key-encryption key; returns how many.

    A ring that does not open under `KEY_ENCRYPTION_KEYS` may still be encrypted under `SECRET_KEY`, as it is until
    that setting is set: it is opened so here, when an operator asks for it, and nowhere else. Tokens are not
    affected. Raises `KeyDecryptionFailed`.
    """
    using = aliases.sessions_alias()

    def write() -> int:
        with key_rows.locked(using, issuer):
            rows = key_rows.for_change(using, issuer)
            for row, plain in zip(rows, _opened(rows), strict=True):
                row.encrypted_private_key = key_rows.encrypted_private_key(row, plain)
                row.save(using=using, update_fields=["encrypted_private_key"])
            key_rows.raise_version(using, issuer)
        return len(rows)

    count = retry_on_conflict(write)
    signing_keys.clear_cache()
    return count


def _opened(rows: list[SigningKey]) -> list[bytes]:
    """What the rows hold: all under the settings' keys, or else all under SECRET_KEY, never some under each."""
    try:
        return [key_rows.plain(row) for row in rows]
    except KeyDecryptionFailed:
        fallback = conf.secret_key_encryption_keys()
        try:
            return [key_rows.plain(row, fallback) for row in rows]
        except KeyDecryptionFailed:
            pass
        raise
