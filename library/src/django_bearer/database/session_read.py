"""One read that answers all a token is asked: session, user, epochs, key-ring version, revocations."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from ..models import Issuer, RevokedToken, Session, UserTokenVersion
from ..primitives import clock
from . import aliases, revocations
from .compiled_reads import CompiledRead
from .database_time import DatabaseNow

VALIDITY_COLUMNS = (
    *("user_id", "issuer", "client_id", "scope", "binding", "idle_ends_at", "ends_at"),
    *("password_fingerprint", "rehashed_fingerprint", "user_epoch", "issuer_epoch", "revoked_at", "revoked_cause"),
    "authenticated_at",
)
"""Columns that every request needs."""
ROTATION_COLUMNS = (
    *("delivery", "audiences", "amr", "acr", "idle_seconds", "access_seconds", "extras"),
    *(
        "key_id",
        "generation",
        "current_digest",
        "salt",
        "retry_digest",
        "context_digest",
        "concurrent_uses",
        "rotated_at",
        "context",
    ),
)
"""Columns that only a refresh needs beside them."""
BYTES = frozenset(
    {"key_id", "current_digest", "salt", "retry_digest", "context_digest"}
    | {"password_fingerprint", "rehashed_fingerprint"}
)


@dataclass(slots=True)  # each request makes one, and a frozen one takes three microseconds more
class SessionState:
    """What decides whether a session is valid, read by one statement. Timestamps are microseconds since 1970.

    `user` is None when the user is gone; `now` is the database's own time.
    """

    id: uuid.UUID
    user_id: Any
    issuer: str
    client_id: str
    scope: str
    binding: str
    idle_ends_at: int
    ends_at: int
    password_fingerprint: bytes
    rehashed_fingerprint: bytes
    user_epoch: int
    issuer_epoch: int
    revoked_at: int | None
    revoked_cause: str
    authenticated_at: int
    now: int
    ring_version: int
    issuer_epoch_now: int
    user_epoch_now: int
    is_revoked: bool
    user: Any


@dataclass(slots=True)
class SessionRow(SessionState):
    """The same, and all that a refresh decides by."""

    delivery: int
    audiences: str
    amr: str
    acr: str
    idle_seconds: int
    access_seconds: int
    extras: Mapping[str, Any]
    key_id: bytes
    generation: int
    current_digest: bytes
    salt: bytes
    retry_digest: bytes
    context_digest: bytes
    concurrent_uses: int
    rotated_at: int | None
    context: str


_NO_TOKEN, _NO_KEY = revocations.digest("token", ""), revocations.digest("key", "")
Digests = tuple[bytes, bytes, bytes]
"""The names under which a session, a token and a key would stand on the list of revocations."""


def digests(session_id: uuid.UUID, jti: str = "", kid: str = "") -> Digests:
    """The names to look up with a session."""
    return (
        revocations.digest("session", str(session_id)),
        revocations.digest("token", jti) if jti else _NO_TOKEN,
        revocations.digest("key", kid) if kid else _NO_KEY,
    )


def read_validity(session_id: uuid.UUID, issuer: str, names: Digests) -> SessionState | None:
    """What says whether the session of that id stands, or None when there is no such session."""
    found = _run((), session_id, issuer, names)
    return None if found is None else SessionState(session_id, *found)


def read(session_id: uuid.UUID, issuer: str, *, jti: str = "", kid: str = "") -> SessionRow | None:
    """The session of that id with everything beside it, or None when there is no such session.

    `jti` and `kid` are looked up in the list of revocations along with the session itself.
    """
    found = _run(ROTATION_COLUMNS, session_id, issuer, digests(session_id, jti, kid))
    return None if found is None else SessionRow(session_id, *found)


def forget_statements() -> None:
    """Drop the compiled statements. For tests that swap models or databases."""
    _reads.clear()


_ANNOTATIONS = ("now", "issuer_now", "user_epoch_now", "is_revoked")
_HIGH = Value(2**32, output_field=BigIntegerField())
"""What is above this many is the ring's version, what is below the issuer's epoch: one read of the row for both."""
_SESSION = uuid.UUID("5e551014-5e55-4014-8e55-5e5510145e55")
_ISSUER = "https://placeholder.invalid/5e551014"
_DIGESTS = tuple(bytes([n]) * 32 for n in (0xA1, 0xA2, 0xA3))


_reads: dict[tuple[str, str, Any, tuple[str, ...]], CompiledRead] = {}
"""By where sessions are and where users are, both of which a router may change from one request to the next."""


def _run(more: tuple[str, ...], session_id: uuid.UUID, issuer: str, names: Digests) -> list[Any] | None:
    """The members of a `SessionState`, without its id, and after them those of `more`."""
    read = _read(aliases.sessions_alias(), more)
    connection = aliases.connection(read.using)
    found = read.run([Session._meta.pk.get_db_prep_value(session_id, connection), issuer, *names], connection)
    if found is None:
        return None
    now, issuer_now, *others = found.annotations
    base = len(VALIDITY_COLUMNS)
    return [
        *found.columns[:base],
        clock.seen(int(now)),
        *divmod(issuer_now, 2**32),
        *others,
        found.user,
        *found.columns[base:],
    ]


def _read(using: str, more: tuple[str, ...]) -> CompiledRead:
    name = (using, aliases.user_alias(), aliases.user_model(), more)
    found = _reads.get(name)
    if found is None:
        placeholders = [Session._meta.pk.get_db_prep_value(_SESSION, aliases.connection(using)), _ISSUER, *_DIGESTS]
        columns = (*VALIDITY_COLUMNS, *more)
        found = CompiledRead(
            using, name[2], columns, BYTES, lambda users: _query(using, columns, users), placeholders
        )
        _reads[name] = found
    return found


def _query(using: str, columns: Sequence[str], users: list[str]) -> QuerySet[Any, Any]:
    annotated = Session.objects.using(using).annotate(
        **beside(_ISSUER), is_revoked=Exists(RevokedToken.objects.filter(digest__in=_DIGESTS))
    )
    return annotated.filter(pk=_SESSION).values_list(*columns, *users, *_ANNOTATIONS)


def beside(issuer: str) -> dict[str, Any]:
    """What is read beside a row that names a user: the time, the issuer's state, the user's epoch."""
    epoch = UserTokenVersion.objects.filter(user_id=OuterRef("user_id"))
    return {
        "now": DatabaseNow(),
        "issuer_now": issuer_now(issuer),
        "user_epoch_now": Coalesce(Subquery(epoch.values("epoch")), 0),
    }


def issuer_now(issuer: str) -> Coalesce:
    """The issuer's ring version and epoch in one number: the version times 2**32, and the epoch."""
    rows = Issuer.objects.filter(name=issuer)
    return Coalesce(Subquery(rows.values(both=F("ring_version") * _HIGH + F("epoch"))), 0)
