"""One read that answers all a token is asked: session, user, epochs, key-ring version, revocations.

The ORM builds and compiles the statement once per alias and user model, converters kept; each request only fills in
its parameters. Users that cannot be joined (another database, several tables, a manager that filters) are read by
the ORM in a second statement: slower, never different.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import BigIntegerField, Exists, F, Manager, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from .. import clock
from ..models import Issuer, RevokedToken, Session, UserEpoch
from . import place, prepared, revoked
from .moment import DatabaseNow

STANDING = (
    *("user_id", "issuer", "client_id", "scope", "binding", "idle_ends_at", "ends_at"),
    *("password_fingerprint", "rehashed_fingerprint", "user_epoch", "issuer_epoch", "revoked_at", "revoked_cause"),
)
"""Columns that every request needs."""
ROTATION = (
    *("channel", "audiences", "amr", "acr", "authenticated_at", "idle_seconds", "access_seconds"),
    *("key_id", "generation", "current_digest", "salt", "retry_digest", "context_digest", "contested", "rotated_at"),
)
"""Columns that only a refresh needs beside them."""
BYTES = frozenset(
    {"key_id", "current_digest", "salt", "retry_digest", "context_digest"}
    | {"password_fingerprint", "rehashed_fingerprint"}
)


@dataclass(frozen=True, slots=True)
class SessionState:
    """What says whether a session stands, all read in the same breath. Moments are microseconds since 1970.

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
    now: int
    ring_version: int
    issuer_epoch_now: int
    user_epoch_now: int
    on_the_list: bool
    user: Any


@dataclass(frozen=True, slots=True)
class SessionRow(SessionState):
    """The same, and all that a refresh decides by."""

    channel: int
    audiences: str
    amr: str
    acr: str
    authenticated_at: int
    idle_seconds: int
    access_seconds: int
    key_id: bytes
    generation: int
    current_digest: bytes
    salt: bytes
    retry_digest: bytes
    context_digest: bytes
    contested: int
    rotated_at: int | None


Digests = tuple[bytes, bytes, bytes]
"""The names under which a session, a token and a key would stand on the list of revocations."""


def digests(session_id: uuid.UUID, jti: str = "", kid: str = "") -> Digests:
    """The names to look up with a session."""
    return (
        revoked.digest("session", str(session_id)),
        revoked.digest("token", jti),
        revoked.digest("key", kid),
    )


def standing(session_id: uuid.UUID, issuer: str, names: Digests) -> SessionState | None:
    """What says whether the session of that id stands, or None when there is no such session."""
    statement = _statement(place.alias(), ())
    found = statement.run(session_id, issuer, names)
    return None if found is None else SessionState(session_id, *found)


def read(session_id: uuid.UUID, issuer: str, *, jti: str = "", kid: str = "") -> SessionRow | None:
    """The session of that id with everything beside it, or None when there is no such session.

    `jti` and `kid` are looked up in the list of revocations along with the session itself.
    """
    statement = _statement(place.alias(), ROTATION)
    found = statement.run(session_id, issuer, digests(session_id, jti, kid))
    return None if found is None else SessionRow(session_id, *found)


def forget_statements() -> None:
    """Drop the compiled statements. For tests that swap models or databases."""
    _statements.clear()


_ANNOTATIONS = ("now", "issuer_now", "user_epoch_now", "on_the_list")
_HIGH = Value(2**32, output_field=BigIntegerField())
"""What is above this many is the ring's version, what is below the issuer's epoch: one read of the row for both."""
_SESSION = uuid.UUID("5e551014-5e55-4014-8e55-5e5510145e55")
_ISSUER = "https://placeholder.invalid/5e551014"
_DIGESTS = tuple(bytes([n]) * 32 for n in (0xA1, 0xA2, 0xA3))


class _Statement:
    """The compiled read for one alias, user model and choice of columns, with the places its parameters go."""

    def __init__(self, using: str, user_model: Any, more: tuple[str, ...]) -> None:
        self.using = using
        self.user_model = user_model
        self.joined = _can_join(using, user_model)
        self.user_fields = [field.attname for field in user_model._meta.concrete_fields] if self.joined else []
        self.witness = self.user_fields.index(_witness(user_model)) if self.joined else 0
        columns = (*STANDING, *more)
        self.bytes = [number for number, name in enumerate(columns) if name in BYTES]
        self.width = len(columns)
        query = _query(using, user_model, self.joined, columns)
        compiler = query.query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        self.sql, self.slots = _slotted(sql, parameters, place.connection(using))
        self.converters = [
            (number, converter, expression)
            for number, (found, expression) in compiler.get_converters([c[0] for c in compiler.select]).items()
            for converter in found
        ]

    def run(self, session_id: uuid.UUID, issuer: str, names: Digests) -> list[Any] | None:
        """The members of a `SessionState`, without its id, and after them those of `more`."""
        connection = place.connection(self.using)
        given = [Session._meta.pk.get_db_prep_value(session_id, connection), issuer, *names]
        found = prepared.first(connection, self.sql, [given[slot] for slot in self.slots])
        if found is None:
            return None
        values = list(found)
        for number, converter, expression in self.converters:
            values[number] = converter(values[number], expression, connection)
        return self._members(values)

    def _members(self, values: list[Any]) -> list[Any]:
        for number in self.bytes:
            values[number] = bytes(values[number])
        after = self.width + len(self.user_fields)
        user = self._user(values[0], values[self.width : after])
        base = len(STANDING)
        return [
            *values[:base],
            clock.seen(int(values[after])),
            *divmod(values[after + 1], 2**32),
            *values[after + 2 :],
            user,
            *values[base : self.width],
        ]

    def _user(self, user_id: Any, found: list[Any]) -> Any:
        if not self.joined:
            return self.user_model._default_manager.using(place.user_alias()).filter(pk=user_id).first()
        if found[self.witness] is None:
            return None
        return self.user_model.from_db(self.using, self.user_fields, found)


_statements: dict[tuple[str, Any, tuple[str, ...]], _Statement] = {}


def _statement(using: str, more: tuple[str, ...]) -> _Statement:
    name = (using, get_user_model(), more)
    found = _statements.get(name)
    if found is None:
        found = _statements[name] = _Statement(*name)
    return found


def _query(using: str, user_model: Any, joined: bool, columns: tuple[str, ...]) -> QuerySet[Any, Any]:
    issuer = Issuer.objects.filter(name=_ISSUER)
    epoch = UserEpoch.objects.filter(user_id=OuterRef("user_id"))
    users = [f"user__{field.name}" for field in user_model._meta.concrete_fields] if joined else []
    annotated = Session.objects.using(using).annotate(
        now=DatabaseNow(),
        issuer_now=Coalesce(Subquery(issuer.values(both=F("ring_version") * _HIGH + F("epoch"))), 0),
        user_epoch_now=Coalesce(Subquery(epoch.values("epoch")), 0),
        on_the_list=Exists(RevokedToken.objects.filter(digest__in=_DIGESTS)),
    )
    return annotated.filter(pk=_SESSION).values_list(*columns, *users, *_ANNOTATIONS)


def _can_join(using: str, user_model: Any) -> bool:
    """A user is joined when nothing of it would be lost: one table, this database, a manager that hides nobody."""
    manager = user_model._default_manager
    stock = type(manager).get_queryset is Manager.get_queryset
    return bool(stock and not user_model._meta.parents and _witness(user_model) and place.user_alias() == using)


def _witness(user_model: Any) -> str | None:
    """A column of the user's own table that is never null, by which a missing user shows in an outer join.

    The primary key will not do: the ORM reads it from the session's row.
    """
    columns = (
        field.attname for field in user_model._meta.concrete_fields if not field.null and not field.primary_key
    )
    return next(columns, None)


def _slotted(sql: str, parameters: Sequence[Any], connection: Any) -> tuple[str, list[int]]:
    """The statement with its constants written out, and for each mark that is left, which value goes there."""
    stand_ins = [Session._meta.pk.get_db_prep_value(_SESSION, connection), _ISSUER, *_DIGESTS]
    slots: list[int] = []
    marks = []
    for parameter in parameters:
        plain = getattr(parameter, "obj", parameter)
        plain = bytes(plain) if isinstance(plain, (memoryview, bytearray)) else plain
        if plain in stand_ins:
            slots.append(stand_ins.index(plain))
            marks.append("%s")
        else:
            marks.append(str(int(plain)))
    first, *rest = sql.split("%s")
    return first + "".join(mark + part for mark, part in zip(marks, rest, strict=True)), slots
