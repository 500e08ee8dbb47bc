"""The key ring's home: reading it, creating the first key once, and changing it; a copy is kept in memory."""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from .. import clock, conf, entropy, events
from ..errors import KeyRefused, KeyUnusable
from ..keys.key import Key
from ..keys.keyring import KeyRing, KeyState, KeyUse, RefreshKeys
from ..keys.sealing import seal, unseal
from ..models import Issuer, SigningKey
from ..veil import veiled
from . import issuer_limit, place
from .contention import insist

_REFRESH_ALG = "HS256"
_KID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
LOOK_AGAIN_AFTER = 1.0
"""Seconds before a name the ring does not have makes us read it again: strangers cost a query a second at most."""

EMPTY = KeyRing.of(0, [], [])
MAX_RINGS = 1024
"""Rings kept in memory; past it, the one that was used least recently is read again when it is needed."""
_rings: OrderedDict[tuple[str, str, str], KeyRing] = OrderedDict()
_read_at: dict[tuple[str, str, str], float] = {}
_lock = threading.Lock()


@veiled
def ring(issuer: str, at_least: int | None = None) -> KeyRing:
    """The issuer's key ring, from memory unless it is older than version `at_least`; empty before the first login.

    Reading makes no keys: where the issuer depends on the request, a stranger could name any number of issuers.
    Raises `KeyUnusable` when a stored key cannot be opened.
    """
    if conf.current().key_source == "memory":
        return _memory_ring(issuer)
    using = place.alias()
    name = (using, place.schema(using), issuer)
    kept = _kept(name)
    if kept is not None and (at_least is None or kept.version == at_least):
        return kept
    found = _load(using, issuer)
    if found is None:
        return EMPTY
    if place.in_transaction(using):
        return found  # it may yet be rolled back, and its version given to another
    with _lock:
        newest = _rings.get(name)
        if newest is None or newest.version <= found.version or at_least is not None:
            _rings[name] = found
            _rings.move_to_end(name)
            _read_at[name] = clock.monotonic()
            while len(_rings) > MAX_RINGS:
                _read_at.pop(_rings.popitem(last=False)[0], None)
    return found


def _kept(name: tuple[str, str, str]) -> KeyRing | None:
    with _lock:
        if name in _rings:
            _rings.move_to_end(name)
        return _rings.get(name)


def begun(issuer: str, at_least: int | None = None) -> KeyRing:
    """The issuer's key ring, its first keys made if it has none: once, however many workers ask together.

    A ring is never silently begun anew over one that is there.
    """
    found = ring(issuer, at_least)
    if found is not EMPTY:
        return found
    using = place.alias()
    insist(lambda: _create_first(using, issuer))
    found = ring(issuer)
    if found is EMPTY:
        raise KeyUnusable("the first key was not stored; run the migrations and try again")
    return found


def look_again(issuer: str) -> KeyRing:
    """The ring, read afresh if the copy in memory is older than a moment: for a name that it does not know."""
    using = place.alias()
    name = (using, place.schema(using), issuer)
    if clock.monotonic() - _read_at.get(name, 0.0) >= LOOK_AGAIN_AFTER:
        with _lock:
            _rings.pop(name, None)
            _read_at.pop(name, None)
    return ring(issuer)


def is_kid(text: str) -> bool:
    """Whether this could be the name of a signing key of ours: a SHA-256 thumbprint in base64url."""
    return _KID.fullmatch(text) is not None


def forget() -> None:
    """Drop the copies in memory, so that the next call reads the database."""
    with _lock:
        _rings.clear()
        _read_at.clear()


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key as its row tells of it. Moments are microseconds since 1970."""

    kid: str
    algorithm: str
    state: KeyState
    created_at: int
    changed_at: int


def stored(issuer: str) -> list[StoredKey]:
    """The signing keys of an issuer, read from the database, oldest first. They are not opened."""
    rows = SigningKey.objects.using(place.alias()).filter(issuer=issuer, use=KeyUse.SIGNING).order_by("serial")
    return [StoredKey(row.kid, row.alg, KeyState(row.state), row.created_at, row.changed_at) for row in rows]


def active(issuer: str) -> list[str]:
    """The kids of the keys that may sign."""
    found = ring(issuer)
    return [kid for kid in found.signing if found.states[kid] is KeyState.ACTIVE]


@veiled
def add(issuer: str, state: KeyState, name: str | None = None) -> str:
    """Make a new signing key in that state and return its kid."""
    using = place.alias()
    begun(issuer)
    key = Key.generate(name or conf.current().signing_algorithm)

    def write() -> str:
        with _changing(using, issuer):
            return _insert_signing(using, issuer, key, state)

    kid = insist(write)
    events.publish(events.Kind.KEY_CREATED, details={"kid": kid, "state": state.value})
    forget()
    return kid


@veiled
def set_state(issuer: str, kid: str, state: KeyState | None) -> None:
    """Move a signing key to another state, or with None remove it from the ring for good.

    Raises `KeyRefused` for the only key that signs: without it nobody could log in.
    """
    if state is not KeyState.ACTIVE and active(issuer) == [kid]:
        raise KeyRefused(f"{kid} is the only key that signs; activate another one first, or revoke this one")
    using = place.alias()
    rows = SigningKey.objects.using(using).filter(issuer=issuer, kid=kid, use=KeyUse.SIGNING)

    def write() -> None:
        with _changing(using, issuer):
            if state is None:
                rows.delete()
                return
            row = rows.get()
            plain = _open(row)
            row.state = state.value
            row.changed_at = clock.now()
            row.sealed = _seal(row, plain)
            row.save(using=using)

    insist(write)
    events.publish(events.Kind.KEY_CHANGED, details={"kid": kid, "state": state.value if state else "gone"})
    forget()


@veiled
def rewrap(issuer: str) -> int:
    """Seal every key again under the newest key-encryption key; returns how many. Tokens are not affected."""
    using = place.alias()

    def write() -> int:
        with _changing(using, issuer):
            rows = list(SigningKey.objects.using(using).filter(issuer=issuer))
            for row in rows:
                row.sealed = _seal(row, _open(row))
                row.save(using=using, update_fields=["sealed"])
        return len(rows)

    sealed = insist(write)
    forget()
    return sealed


@contextmanager
def _changing(using: str, issuer: str) -> Iterator[None]:
    """A transaction that raises the ring's version and holds the issuer's row, so that changes wait for each other.

    It begins with a write: SQLite makes a transaction wait for its turn only while it has read nothing.
    """
    rows = Issuer.objects.using(using)
    with transaction.atomic(using=using):
        rows.bulk_create([Issuer(name=issuer)], ignore_conflicts=True)
        rows.filter(name=issuer).update(ring_version=F("ring_version") + 1)
        yield


def _load(using: str, issuer: str) -> KeyRing | None:
    """The stored ring, or None when the issuer has no key at all.

    The version is read before the rows: were it read after, a ring could claim a newer version than its keys.
    """
    version = Issuer.objects.using(using).filter(name=issuer).values_list("ring_version", flat=True).first()
    rows = list(SigningKey.objects.using(using).filter(issuer=issuer).order_by("serial"))
    if not rows:
        return None
    signing = [(_key(row), KeyState(row.state)) for row in rows if row.use == KeyUse.SIGNING]
    secrets = [row for row in rows if row.use == KeyUse.REFRESH]
    refresh = [(RefreshKeys.from_master(_open(row)), KeyState(row.state)) for row in secrets]
    return KeyRing.of(version or 0, signing, refresh)


def _create_first(using: str, issuer: str) -> None:
    key, created = Key.generate(conf.current().signing_algorithm), False
    with suppress(IntegrityError), _changing(using, issuer):
        if not SigningKey.objects.using(using).filter(issuer=issuer).exists():  # else another worker was first
            issuer_limit.insist_on_room(using, issuer)
            _insert_signing(using, issuer, key, KeyState.ACTIVE)
            _insert_refresh(using, issuer)
            created = True
    if created:
        events.publish(events.Kind.KEY_CREATED, details={"issuer": issuer, "state": KeyState.ACTIVE.value})


def _insert_signing(using: str, issuer: str, key: Key, state: KeyState) -> str:
    row = _row(using, issuer, KeyUse.SIGNING, state)
    row.kid, row.alg, row.public = key.kid, key.algorithm.name, key.public_jwk()
    row.sealed = _seal(row, key.private_der())
    row.save(using=using, force_insert=True)
    return key.kid


def _insert_refresh(using: str, issuer: str) -> None:
    master = entropy.secret()
    row = _row(using, issuer, KeyUse.REFRESH, KeyState.ACTIVE)
    row.kid, row.alg = "r-" + RefreshKeys.from_master(master).key_id.hex(), _REFRESH_ALG
    row.sealed = _seal(row, master)
    row.save(using=using, force_insert=True)


def _row(using: str, issuer: str, use: KeyUse, state: KeyState) -> SigningKey:
    last = SigningKey.objects.using(using).filter(issuer=issuer, use=use).order_by("-serial").first()
    moment = clock.now()
    return SigningKey(
        issuer=issuer,
        use=use.value,
        state=state.value,
        serial=last.serial + 1 if last else 1,
        created_at=moment,
        changed_at=moment,
    )


def _about(row: SigningKey) -> bytes:
    """What a sealed key is bound to: change one of these columns in SQL and the key no longer opens."""
    members = [row.kid, row.issuer, row.use, row.serial, row.alg, row.state, row.public]
    return json.dumps(members, sort_keys=True).encode()


def _seal(row: SigningKey, plain: bytes) -> bytes:
    return seal(plain, _about(row), conf.current().key_encryption_keys[0])


def _open(row: SigningKey) -> bytes:
    return unseal(bytes(row.sealed), _about(row), conf.current().key_encryption_keys)


def _key(row: SigningKey) -> Key:
    key = Key.from_der(row.alg, _open(row))
    if key.kid != row.kid:
        raise KeyUnusable("a stored key does not have the name its row gives it")
    return key


_memory: dict[str, KeyRing] = {}


def _memory_ring(issuer: str) -> KeyRing:
    """A ring that lives and dies with this process: for tests."""
    with _lock:
        if issuer not in _memory:
            signing = [(Key.generate(conf.current().signing_algorithm), KeyState.ACTIVE)]
            _memory[issuer] = KeyRing.of(0, signing, [(RefreshKeys.from_master(entropy.secret()), KeyState.ACTIVE)])
        return _memory[issuer]
