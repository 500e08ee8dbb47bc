"""Rows of keys: how a key is encrypted into its row and opened again, and the lock that changes of a ring share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F

from .. import conf
from ..errors import KeyDecryptionFailed
from ..keys.encryption import decrypt, encrypt
from ..keys.key import Key
from ..keys.keyring import KeyState, KeyUse, RefreshKeys
from ..models import Issuer, SigningKey
from ..primitives import randomness
from . import issuers

_REFRESH_ALG = "HS256"


@contextmanager
def locked(using: str, issuer: str) -> Iterator[None]:
    """A transaction that holds the issuer's row, so that changes of its ring wait for one another.

    It begins with a write: SQLite makes a transaction wait for its turn only while it has read nothing.
    """
    rows = Issuer.objects.using(using)
    with transaction.atomic(using=using):
        rows.bulk_create([Issuer(name=issuer)], ignore_conflicts=True)
        rows.filter(name=issuer).update(ring_version=F("ring_version"))
        yield


FIRST_VERSION, STEP = 2**30, 2**12


def raise_version(using: str, issuer: str, of_a_new_ring: bool = False) -> None:
    """Let every process read the ring again: part of the transaction that changed it.

    By a random step, and from a random number on: a database that is restored or made anew, or another schema behind
    the same name, must not come to the version under which a process remembers another ring.
    """
    step = 1 + int(randomness.fraction() * (FIRST_VERSION if of_a_new_ring else STEP))
    Issuer.objects.using(using).filter(name=issuer).update(ring_version=F("ring_version") + step)


def of(using: str, issuer: str) -> list[SigningKey]:
    """An issuer's rows, oldest first."""
    return list(SigningKey.objects.using(using).filter(issuer=issuer).order_by("serial"))


def for_change(using: str, issuer: str) -> list[SigningKey]:
    """The same under the lock, as they are now: in a caller's transaction a plain read may show an older state."""
    rows = SigningKey.objects.using(using).select_for_update()
    return list(rows.filter(issuer=issuer).order_by("serial"))


def insert_signing(using: str, issuer: str, key: Key, state: KeyState) -> SigningKey:
    """Store a new signing key."""
    row = _new(using, issuer, KeyUse.SIGNING, state)
    row.kid, row.alg, row.public = key.kid, key.algorithm.name, key.public_jwk()
    row.encrypted_private_key = encrypted_private_key(row, key.private_der())
    row.save(using=using, force_insert=True)
    return row


def insert_refresh(using: str, issuer: str) -> None:
    """Store new secrets for refresh tokens."""
    master = randomness.secret()
    row = _new(using, issuer, KeyUse.REFRESH, KeyState.ACTIVE)
    row.kid, row.alg = refresh_kid(RefreshKeys.from_master(master).key_id), _REFRESH_ALG
    row.encrypted_private_key = encrypted_private_key(row, master)
    row.save(using=using, force_insert=True)


def refresh_kid(key_id: bytes) -> str:
    """The name of the row that holds the secrets with this id."""
    return "r-" + key_id.hex()


def key_id(refresh_kid: str) -> bytes:
    """The id in the name of such a row; empty for a name that is none."""
    try:
        return bytes.fromhex(refresh_kid.removeprefix("r-"))
    except ValueError:
        return b""


def _new(using: str, issuer: str, use: KeyUse, state: KeyState) -> SigningKey:
    last = SigningKey.objects.using(using).filter(issuer=issuer, use=use).order_by("-serial").first()
    now = issuers.now()
    return SigningKey(
        issuer=issuer,
        use=use.value,
        state=state.value,
        serial=last.serial + 1 if last else 1,
        created_at=now,
        changed_at=now,
    )


def encrypted_private_key(row: SigningKey, plain: bytes) -> bytes:
    """`plain` encrypted for this row as it stands, under the newest key-encryption key."""
    return encrypt(plain, _about(row), conf.current().key_encryption_keys[0])


def plain(row: SigningKey, with_keys: Sequence[bytes] | None = None) -> bytes:
    """What a row holds, opened with `with_keys`, by default those of the settings. Raises `KeyDecryptionFailed`."""
    chosen = conf.current().key_encryption_keys if with_keys is None else with_keys
    return decrypt(bytes(row.encrypted_private_key), _about(row), chosen)


def key(row: SigningKey) -> Key:
    """The signing key of a row. Raises `KeyDecryptionFailed`, or `InvalidKey` for one that is too weak."""
    found = Key.from_der(row.alg, plain(row))
    if found.kid != row.kid:
        raise KeyDecryptionFailed("a stored key does not have the name its row gives it")
    return found


def _about(row: SigningKey) -> bytes:
    """What an encrypted key is bound to: change one of these columns in SQL and the key no longer opens."""
    members = [row.kid, row.issuer, row.use, row.serial, row.alg, row.state, row.public]
    return json.dumps(members, sort_keys=True).encode()
