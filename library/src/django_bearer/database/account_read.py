"""The one query that finds the account of a login: the user, with the issuer's and the user's state and the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import BaseUserManager
from django.db.models import CharField, EmailField, F, QuerySet, SlugField, TextField

from . import aliases, issuers
from .compiled_reads import CompiledRead, can_join
from .database_time import DatabaseNow
from .issuers import IssuerState
from .session_read import issuer_now

_NAME = "5e551014-5e55-4014-8e55-5e5510145e56"
_ISSUER = "https://placeholder.invalid/5e551015"
_PLAIN = (CharField, EmailField, SlugField, TextField)
"""Fields that make nothing of a name but the name."""
_ANNOTATIONS = ("now", "issuer_now", "epoch_now", "first_fingerprint", "last_fingerprint")


def can_read(using: str) -> bool:
    """Whether this query finds whom the user model's manager would: it is Django's own in all that matters, and the
    name is a unique column of plain text in the table of users, which lies beside the sessions."""
    model = get_user_model()
    manager: Any = model._default_manager
    name: Any = model._meta.get_field(model.USERNAME_FIELD)
    return bool(
        can_join(using, model)
        and getattr(type(manager), "get_by_natural_key", None) is BaseUserManager.get_by_natural_key
        and manager._queryset_class is QuerySet
        and type(name) in _PLAIN
        and name.unique
    )


def read(name: str, issuer: str) -> tuple[Any, IssuerState | None]:
    """The user that `name` finds where `can_read` holds, and the state beside it; None where it is nobody."""
    using = aliases.sessions_alias()
    found = _read(using).run([name, issuer], aliases.connection(using))
    if found is None:
        return None, None
    now, packed, user_epoch, first, last = found.annotations
    version, epoch = divmod(packed, 2**32)
    return found.user, issuers.state_of(issuer, now, version, epoch, user_epoch, first, last)


def forget_statements() -> None:
    """Drop the compiled statements. For tests that swap models or databases."""
    _reads.clear()


_reads: dict[tuple[str, Any], CompiledRead] = {}


def _read(using: str) -> CompiledRead:
    name = (using, aliases.user_model())
    found = _reads.get(name)
    if found is None:
        found = _reads[name] = CompiledRead(
            using, name[1], ("pk",), frozenset(), lambda users: _query(using, users), [_NAME, _ISSUER], path=""
        )
    return found


def _query(using: str, users: Sequence[str]) -> QuerySet[Any, Any]:
    model = get_user_model()
    rows: QuerySet[Any, Any] = model._default_manager.using(using).filter(**{model.USERNAME_FIELD: _NAME})
    beside = {
        "now": DatabaseNow(),
        "issuer_now": issuer_now(_ISSUER),
        "epoch_now": F("bearer_epoch__epoch"),
        "first_fingerprint": F("bearer_epoch__password_fingerprint"),
        "last_fingerprint": F("bearer_epoch__rehashed_fingerprint"),
    }
    annotated: QuerySet[Any, Any] = rows.order_by().annotate(**beside).values_list("pk", *users, *_ANNOTATIONS)
    return annotated
