"""One read that answers all an API token is asked: the token, its owner, epochs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from ..models import ApiToken, ServiceAccount
from ..primitives import clock
from . import aliases
from .compiled_reads import CompiledRead
from .session_read import beside

COLUMNS = (
    *("user_id", "service_id", "issuer", "audience", "name", "scope", "digest", "created_at", "expires_at"),
    *("last_used_at", "exposed_at", "password_fingerprint", "rehashed_fingerprint", "user_epoch", "issuer_epoch"),
    *("revoked_at", "revoked_cause", "service__name", "service__is_active"),
)
BYTES = frozenset({"digest", "password_fingerprint", "rehashed_fingerprint"})
_SERVICE = ("id", "name", "is_active")
"""What is read of a service account. A view that saves it writes no other column, and makes no row."""
_TOKEN = uuid.UUID("a5a50c4a-a5a5-40c4-8a5a-a5a50c4aa5a5")
_ISSUER = "https://placeholder.invalid/a5a50c4a"


@dataclass(frozen=True, slots=True)
class ApiTokenState:
    """What decides whether an API token is valid, read by one statement. Timestamps are microseconds since 1970.

    `user` is the owner: a user, a `ServiceAccount`, or None when it is gone. `now` is the database's time.
    """

    id: uuid.UUID
    user_id: Any
    service_id: uuid.UUID | None
    issuer: str
    audience: str
    name: str
    scope: str
    digest: bytes
    created_at: int
    expires_at: int
    last_used_at: int | None
    exposed_at: int | None
    password_fingerprint: bytes
    rehashed_fingerprint: bytes
    user_epoch: int
    issuer_epoch: int
    revoked_at: int | None
    revoked_cause: str
    now: int
    issuer_epoch_now: int
    user_epoch_now: int
    user: Any


def read(token_id: uuid.UUID, issuer: str) -> ApiTokenState | None:
    """The token of that id with everything beside it, or None when there is no such token."""
    compiled = _read(aliases.sessions_alias())
    connection = aliases.connection(compiled.using)
    found = compiled.run([ApiToken._meta.pk.get_db_prep_value(token_id, connection), issuer], connection)
    if found is None:
        return None
    *columns, service_name, service_active = found.columns
    now, issuer_now, user_epoch = found.annotations
    owner = found.user
    if columns[1] is not None:
        seen = [columns[1], service_name, bool(service_active)]
        owner = None if service_name is None else ServiceAccount.from_db(compiled.using, _SERVICE, seen)
    members = [token_id, *columns, clock.seen(int(now)), issuer_now % 2**32, user_epoch, owner]
    return ApiTokenState(*members)


def forget_statements() -> None:
    """Drop the compiled statements. For tests that swap models or databases."""
    _reads.clear()


_reads: dict[tuple[str, str, Any], CompiledRead] = {}


def _read(using: str) -> CompiledRead:
    name = (using, aliases.user_alias(), aliases.user_model())
    found = _reads.get(name)
    if found is None:

        def build(users: list[str]) -> Any:
            rows = ApiToken.objects.using(using).annotate(**beside(_ISSUER)).filter(pk=_TOKEN)
            return rows.values_list(*COLUMNS, *users, "now", "issuer_now", "user_epoch_now")

        placeholders = [ApiToken._meta.pk.get_db_prep_value(_TOKEN, aliases.connection(using)), _ISSUER]
        found = _reads[name] = CompiledRead(using, name[2], COLUMNS, BYTES, build, placeholders)
    return found
