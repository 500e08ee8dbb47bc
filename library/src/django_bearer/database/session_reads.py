"""One read of many sessions at once, with their users, epochs and the list of revocations: for what stays open."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists

from ..models import RevokedToken, Session
from ..primitives import clock
from . import aliases
from .compiled_reads import can_join, never_null_column
from .session_read import BYTES, VALIDITY_COLUMNS, SessionState, beside

_AFTER = ("id", "now", "issuer_now", "user_epoch_now", "is_revoked")
MOST = 2_000
"""Sessions in one statement: with their digests four parameters each, which every database takes."""


def read_states(ids: Collection[uuid.UUID], names: Collection[bytes], issuer: str) -> dict[uuid.UUID, SessionState]:
    """What says whether each of these sessions is valid; one that is gone is missing.

    `names` are the digests under which they, their tokens and keys would stand on the list of revocations. Where one
    of them does, `is_revoked` is true for all: ask `revoked_among` which.
    """
    using, model = aliases.sessions_alias(), get_user_model()
    joined = can_join(using, model)
    fields = [field.attname for field in model._meta.concrete_fields] if joined else []
    paths = [f"user__{field.name}" for field in model._meta.concrete_fields] if joined else []
    rows = Session.objects.using(using).filter(pk__in=ids)
    rows = rows.annotate(**beside(issuer), is_revoked=Exists(RevokedToken.objects.filter(digest__in=list(names))))
    read = list(rows.values_list(*VALIDITY_COLUMNS, *paths, *_AFTER))
    users = {} if joined else _users({row[0] for row in read})
    width, after = len(VALIDITY_COLUMNS), len(VALIDITY_COLUMNS) + len(fields)
    never_null = fields.index(never_null_column(model) or "") if joined else 0
    found: dict[uuid.UUID, SessionState] = {}
    for row in read:
        columns: list[Any] = [
            bytes(value) if name in BYTES else value
            for name, value in zip(VALIDITY_COLUMNS, row[:width], strict=True)
        ]
        user: Any = users.get(row[0])
        if joined and row[width + never_null] is not None:
            user = model.from_db(using, fields, row[width:after])
        key, now, issuer_now, user_epoch, is_revoked = row[after:]
        state: list[Any] = [*columns, clock.seen(int(now)), *divmod(issuer_now, 2**32), user_epoch, is_revoked, user]
        found[key] = SessionState(key, *state)
    return found


def revoked_among(names: Collection[bytes]) -> set[bytes]:
    """Those of the digests that stand on the list of revocations."""
    rows = RevokedToken.objects.using(aliases.sessions_alias()).filter(digest__in=list(names))
    return {bytes(digest) for digest in rows.values_list("digest", flat=True)}


def _users(keys: set[Any]) -> dict[Any, Any]:
    manager = get_user_model()._default_manager.using(aliases.user_alias())
    return {user.pk: user for user in manager.filter(pk__in=keys - {None})}
