"""The key ring as it is stored: reading it, with a copy in memory, and making the first keys once."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass

from django.db import IntegrityError

from .. import conf, events
from ..errors import TemporarilyUnavailable
from ..keys.key import Key
from ..keys.keyring import KeyRing, KeyState, KeyUse, RefreshKeys
from ..models import Issuer, SigningKey
from ..primitives import clock, randomness
from ..primitives.redaction import redact_locals
from . import aliases, issuer_limit, key_rows, unusable_keys
from .conflicts import retry_on_conflict

_KID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
RELOAD_AFTER = 1.0
"""Seconds before a name that is not in the ring makes us read it again: at most one query a second."""

EMPTY = KeyRing.of(0, [], [])
MAX_RINGS = 1024
"""Rings kept in memory; past it, the one that was used least recently is read again when it is needed."""
_rings: OrderedDict[tuple[str, str, str], KeyRing] = OrderedDict()
_read_at: dict[tuple[str, str, str], float] = {}
_lock = threading.Lock()


@redact_locals
def ring(issuer: str, at_least: int | None = None, place: tuple[str, str] | None = None) -> KeyRing:
    """The issuer's key ring, from memory unless it is older than version `at_least`; empty before the first login.

    `place` is the alias and schema of now, where the caller has asked for them already.

    Reading makes no keys: where the issuer depends on the request, anybody could name any number of issuers.
    Raises `TemporarilyUnavailable`, after an event that says what to do, when a stored key cannot be opened.
    """
    if conf.current().key_storage == "memory":
        return _memory_ring(issuer)
    using, named = place or aliases.sessions_place()
    name = (using, named, issuer)
    kept = _cached(name)
    if kept is not None and (at_least is None or kept.version == at_least):
        return kept
    if aliases.look_for_schemas():
        name = (using, aliases.schema(using), issuer)
    found = _load(using, issuer)
    if found is None:
        with _lock:
            _rings.pop(name, None)  # of a database or schema that was dropped, and is made anew under its name
        return EMPTY
    if aliases.in_transaction(using):
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


def _cached(name: tuple[str, str, str]) -> KeyRing | None:
    if len(_rings) <= 1:  # as in most projects: there is no order to keep
        return _rings.get(name)
    with _lock:
        if name in _rings:
            _rings.move_to_end(name)
        return _rings.get(name)


def is_in_memory(issuer: str, place: tuple[str, str]) -> bool:
    """Whether the issuer's ring can be had without reading."""
    return conf.current().key_storage == "memory" or (*place, issuer) in _rings


def ring_with_keys(issuer: str, at_least: int | None = None) -> KeyRing:
    """The issuer's key ring, its first keys made if it has none: once, however many workers ask together.

    A ring is never silently begun anew over one that is there.
    """
    found = ring(issuer, at_least)
    if found is not EMPTY:
        return found
    using = aliases.sessions_alias()
    retry_on_conflict(lambda: _create_first(using, issuer))
    found = ring(issuer)
    if found is EMPTY:
        raise TemporarilyUnavailable("the first key was not stored; run the migrations and try again")
    return found


def reload_ring(issuer: str) -> KeyRing:
    """The ring, read afresh unless the copy in memory is a second old at most: for a name that it does not know."""
    using = aliases.sessions_alias()
    name = (using, aliases.schema(using), issuer)
    if clock.monotonic() - _read_at.get(name, 0.0) >= RELOAD_AFTER or _is_elsewhere(using):
        with _lock:
            _rings.pop(name, None)
            _read_at.pop(name, None)
    return ring(issuer)


def _is_elsewhere(using: str) -> bool:
    """Whether a statement has just been found to choose the tenant; only MariaDB and MySQL do not say so sooner."""
    return aliases.connection(using).vendor == "mysql" and aliases.look_for_schemas()


def is_kid(text: str) -> bool:
    """Whether this could be the name of a signing key of ours: a SHA-256 thumbprint in base64url."""
    return _KID.fullmatch(text) is not None


def clear_cache() -> None:
    """Drop the copies in memory, so that the next call reads the database."""
    with _lock:
        _rings.clear()
        _read_at.clear()


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key as its row describes it. Timestamps are microseconds since 1970."""

    kid: str
    algorithm: str
    state: KeyState
    created_at: int
    changed_at: int


def stored(issuer: str) -> list[StoredKey]:
    """The signing keys of an issuer, read from the database, oldest first. They are not opened."""
    rows = (
        SigningKey.objects.using(aliases.sessions_alias())
        .filter(issuer=issuer, use=KeyUse.SIGNING)
        .order_by("serial")
    )
    return [described(row) for row in rows]


def issuer_of_signing_key(kid: str) -> str | None:
    """Whose signing key it is: no two issuers have a key of one name. Keys are not opened for it."""
    return _issuer_of(kid, KeyUse.SIGNING) if is_kid(kid) else None


def issuer_of_refresh_key(key_id: bytes) -> str | None:
    """The same for the key of refresh tokens, by the 8 bytes that each token carries."""
    return _issuer_of(key_rows.refresh_kid(key_id), KeyUse.REFRESH)


def _issuer_of(kid: str, use: KeyUse) -> str | None:
    rows = SigningKey.objects.using(aliases.sessions_alias()).filter(kid=kid, use=use)
    return rows.values_list("issuer", flat=True).first()


def described(row: SigningKey) -> StoredKey:
    """What a row tells of its key."""
    return StoredKey(row.kid, row.alg, KeyState(row.state), row.created_at, row.changed_at)


def active(issuer: str) -> list[str]:
    """The kids of the keys that may sign."""
    found = ring(issuer)
    return [kid for kid in found.signing if found.states[kid] is KeyState.ACTIVE]


def _load(using: str, issuer: str) -> KeyRing | None:
    """The stored ring, or None when the issuer has no key at all.

    The version is read before the rows: were it read after, a ring could claim a newer version than its keys.
    """
    version = Issuer.objects.using(using).filter(name=issuer).values_list("ring_version", flat=True).first()
    rows = key_rows.of(using, issuer)
    if not rows:
        return None
    with unusable_keys.refuse_unusable(issuer):
        signing = [(key_rows.key(row), KeyState(row.state)) for row in rows if row.use == KeyUse.SIGNING]
        secrets = [row for row in rows if row.use == KeyUse.REFRESH]
        refresh = [(RefreshKeys.from_master(key_rows.plain(row)), KeyState(row.state)) for row in secrets]
        return KeyRing.of(version or 0, signing, refresh)


def _create_first(using: str, issuer: str) -> None:
    key, created = Key.generate(conf.current().signing_algorithm), False
    with suppress(IntegrityError), key_rows.locked(using, issuer):
        if not key_rows.for_change(using, issuer):  # else another worker was first
            issuer_limit.check_issuer_limit(using, issuer)
            key_rows.insert_signing(using, issuer, key, KeyState.ACTIVE)
            key_rows.insert_refresh(using, issuer)
            key_rows.raise_version(using, issuer, of_a_new_ring=True)
            created = True
    if created:
        events.publish(events.EventKind.KEY_CREATED, details={"issuer": issuer, "state": KeyState.ACTIVE.value})


_memory: dict[str, KeyRing] = {}


def _memory_ring(issuer: str) -> KeyRing:
    """A ring that exists only in this process: for tests."""
    with _lock:
        if issuer not in _memory:
            signing = [(Key.generate(conf.current().signing_algorithm), KeyState.ACTIVE)]
            _memory[issuer] = KeyRing.of(
                0, signing, [(RefreshKeys.from_master(randomness.secret()), KeyState.ACTIVE)]
            )
        return _memory[issuer]
