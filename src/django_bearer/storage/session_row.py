"""One read that answers all a token is asked: session, user, epochs, key-ring version, revocations.

The ORM builds and compiles the statement once per alias and user model, converters kept; each request only fills in
its parameters. Users that cannot be joined (another database, several tables, a manager that filters) are read by
the ORM in a second statement: slower, never different.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, Manager, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from .. import clock
from ..models import Issuer, RevokedToken, Session, UserEpoch
from . import place, revoked
from .moment import DatabaseNow

COLUMNS = (
    *("user_id", "issuer", "client_id", "channel", "scope", "binding", "amr", "acr"),
    *("key_id", "generation", "current_digest", "salt", "retry_digest", "context_digest", "contested", "rotated_at"),
    *("authenticated_at", "idle_seconds", "access_seconds", "idle_ends_at", "ends_at"),
    *("password_fingerprint", "rehashed_fingerprint", "user_epoch", "issuer_epoch", "revoked_at", "revoked_cause"),
)
BYTES = frozenset(
    {"key_id", "current_digest", "salt", "retry_digest", "context_digest"}
    | {"password_fingerprint", "rehashed_fingerprint"}
)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as it stands now, and everything read in the same breath. Moments are microseconds since 1970.

    `user` is None when the user is gone; `now` is the database's own time.
    """

    id: uuid.UUID
    user_id: Any
    issuer: str
    client_id: str
    channel: int
    scope: str
    binding: str
    amr: str
    acr: str
    key_id: bytes
    generation: int
    current_digest: bytes
    salt: bytes
    retry_digest: bytes
    context_digest: bytes
    contested: int
    rotated_at: int | None
    authenticated_at: int
    idle_seconds: int
    access_seconds: int
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


def read(session_id: uuid.UUID, issuer: str, *, jti: str = "", kid: str = "") -> SessionRow | None:
    """The session of that id with everything beside it, or None when there is no such session.

    `jti` and `kid` are looked up in the list of revocations along with the session itself.
    """
    using = place.alias()
    statement = _statement(using)
    digests = (
        revoked.digest("session", str(session_id)),
        revoked.digest("token", jti),
        revoked.digest("key", kid),
    )
    values = statement.run(session_id, issuer, digests)
    if values is None:
        return None
    return _row(session_id, statement, values, using)


def forget_statements() -> None:
    """Drop the compiled statements. For tests that swap models or databases."""
    _statements.clear()


_ANNOTATIONS = ("now", "ring_version", "issuer_epoch_now", "user_epoch_now", "on_the_list")
_SESSION = uuid.UUID("5e551014-5e55-4014-8e55-5e5510145e55")
_ISSUER = "https://placeholder.invalid/5e551014"
_DIGESTS = tuple(bytes([n]) * 32 for n in (0xA1, 0xA2, 0xA3))
_BYTE_COLUMNS = tuple(number for number, name in enumerate(COLUMNS) if name in BYTES)


class _Statement:
    """The compiled read for one alias and user model, with the places its parameters go."""

    def __init__(self, using: str, user_model: Any) -> None:
        self.using = using
        self.user_model = user_model
        self.joined = _can_join(using, user_model)
        self.user_fields = [field.attname for field in user_model._meta.concrete_fields] if self.joined else []
        self.witness = self.user_fields.index(_witness(user_model)) if self.joined else 0
        compiler = _query(using, user_model, self.joined).query.get_compiler(using)
        self.sql, parameters = compiler.as_sql()
        self.converters = [
            (number, converter, expression)
            for number, (found, expression) in compiler.get_converters([c[0] for c in compiler.select]).items()
            for converter in found
        ]
        self.slots = [_slot(parameter, place.connection(using)) for parameter in parameters]

    def run(self, session_id: uuid.UUID, issuer: str, digests: tuple[bytes, ...]) -> list[Any] | None:
        connection = place.connection(self.using)
        given: dict[int, Any] = {0: Session._meta.pk.get_db_prep_value(session_id, connection), 1: issuer}
        given.update({2 + n: connection.Database.Binary(digest) for n, digest in enumerate(digests)})
        parameters = [given[slot] if isinstance(slot, int) else slot.value for slot in self.slots]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            found = cursor.fetchone()
        if found is None:
            return None
        values = list(found)
        for number, converter, expression in self.converters:
            values[number] = converter(values[number], expression, connection)
        return values


@dataclass(frozen=True, slots=True)
class _Constant:
    """A parameter that is the same on every request."""

    value: Any


_statements: dict[tuple[str, Any], _Statement] = {}


def _statement(using: str) -> _Statement:
    model = get_user_model()
    found = _statements.get((using, model))
    if found is None:
        found = _statements[using, model] = _Statement(using, model)
    return found


def _query(using: str, user_model: Any, joined: bool) -> QuerySet[Any, Any]:
    issuer = Issuer.objects.filter(name=_ISSUER)
    epoch = UserEpoch.objects.filter(user_id=OuterRef("user_id"))
    users = [f"user__{field.name}" for field in user_model._meta.concrete_fields] if joined else []
    annotated = Session.objects.using(using).annotate(
        now=DatabaseNow(),
        ring_version=Coalesce(Subquery(issuer.values("ring_version")), 0),
        issuer_epoch_now=Coalesce(Subquery(issuer.values("epoch")), 0),
        user_epoch_now=Coalesce(Subquery(epoch.values("epoch")), 0),
        on_the_list=Exists(RevokedToken.objects.filter(digest__in=_DIGESTS)),
    )
    return annotated.filter(pk=_SESSION).values_list(*COLUMNS, *users, *_ANNOTATIONS)


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


def _slot(parameter: Any, connection: Any) -> int | _Constant:
    plain = getattr(parameter, "obj", parameter)
    plain = bytes(plain) if isinstance(plain, (memoryview, bytearray)) else plain
    if plain == Session._meta.pk.get_db_prep_value(_SESSION, connection):
        return 0
    if plain == _ISSUER:
        return 1
    if plain in _DIGESTS:
        return 2 + _DIGESTS.index(plain)
    return _Constant(parameter)


def _row(session_id: uuid.UUID, statement: _Statement, values: list[Any], using: str) -> SessionRow | None:
    width, users = len(COLUMNS), len(statement.user_fields)
    for number in _BYTE_COLUMNS:
        values[number] = bytes(values[number])
    now, *beside = values[width + users :]
    if statement.joined:
        found = values[width : width + users]
        gone = found[statement.witness] is None
        user = None if gone else statement.user_model.from_db(using, statement.user_fields, found)
    else:
        manager = statement.user_model._default_manager.using(place.user_alias())
        user = manager.filter(pk=values[0]).first()
    columns = dict(zip(COLUMNS, values, strict=False)) | dict(zip(_ANNOTATIONS[1:], beside, strict=True))
    return SessionRow(id=session_id, now=clock.seen(int(now)), user=user, **columns)
