"""Django's own sessions, which no revocation of ours ends: how many are live, and their end where it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import cached_db, db
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connections, router
from django.db.models import QuerySet
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables

from ..primitives import clock
from ..primitives.clock import SECOND
from .escaping import escape

CHUNK = 500
"""Rows that are deleted together: SQLite takes a thousand parameters at least."""


@dataclass(frozen=True, slots=True)
class StoredSessions:
    """Django's sessions in a table: the class of the engine, its model, and the database that they are in."""

    engine: type[db.SessionStore]
    model: Any
    alias: str

    def live(self) -> QuerySet[Any]:
        """The rows that Django still accepts."""
        now = datetime.fromtimestamp(clock.now() / SECOND, tz=UTC if settings.USE_TZ else None)
        return self._rows().filter(expire_date__gt=now)

    @sensitive_variables()
    def live_keys_of(self, user: Any) -> list[str]:
        """The keys of a user's live sessions, which takes the decoding of every live one."""
        key = user._meta.pk.value_to_string(user)
        rows = self.live().order_by().iterator(chunk_size=CHUNK)
        return [row.pk for row in rows if row.get_decoded().get(SESSION_KEY) == key]

    def end_all(self) -> int:
        """Delete every session, of everybody; returns how many were live."""
        live = self.live().count()
        if self.engine is db.SessionStore:
            self._rows().delete()
        else:
            self.end(list(self._rows().values_list("pk", flat=True)))
        return live

    @sensitive_variables()
    def end(self, keys: Sequence[str]) -> int:
        """Delete the rows, and have the engine delete each, which may have a copy in a cache; returns how many."""
        engine = self.engine()
        for at in range(0, len(keys), CHUNK):
            chunk = keys[at : at + CHUNK]
            self._rows().filter(pk__in=chunk).delete()
            for key in chunk:
                engine.delete(key)
        return len(keys)

    def outside_the_table(self) -> str:
        """What may still let somebody in once the table is empty, and what to do; empty where nothing does."""
        if not issubclass(self.engine, cached_db.SessionStore):
            return ""
        named = settings.SESSION_CACHE_ALIAS
        return (
            f"The cache {named!r} may have sessions that the table does not have. Clear it:"
            f" manage.py shell -c \"from django.core.cache import caches; caches['{named}'].clear()\""
        )

    def _rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._base_manager.using(self.alias)
        return rows.all()


def find(named: str = "") -> StoredSessions | str | None:
    """The table of Django's sessions, in the database `named` if one is; why there is none; None if none is used."""
    if not _are_used():
        return None
    try:
        engine = import_module(settings.SESSION_ENGINE).SessionStore
    except (ImportError, AttributeError):
        engine = None
    if not isinstance(engine, type) or not issubclass(engine, db.SessionStore):
        return f"{escape(settings.SESSION_ENGINE)} keeps them: no command of ours can count or end them."
    try:
        model: Any = engine.get_model_class()
    except RuntimeError:  # its app is not installed, so it has no table, and no session can begin
        return None
    alias = named or router.db_for_write(model)
    if model._meta.db_table not in connections[alias].introspection.table_names():
        return f"They are not in the database {alias!r}, so this command can neither count nor end them."
    return StoredSessions(engine, model, alias)


def _are_used() -> bool:
    return apps.is_installed("django.contrib.sessions") or any(map(_is_middleware, settings.MIDDLEWARE))


def _is_middleware(path: str) -> bool:
    try:
        found = import_string(path)
    except ImportError:
        return False
    return isinstance(found, type) and issubclass(found, SessionMiddleware)
