"""Users and what hangs on them go to one database, everything else to the other."""

from __future__ import annotations

from typing import Any

USERS = {"auth", "contenttypes", "elsewhere"}


class Router:
    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "users" if model._meta.app_label in USERS else "default"

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == "users") == (app_label in USERS)
