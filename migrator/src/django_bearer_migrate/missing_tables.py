"""Tables that are not there: a fault of the deployment. A client is told to come again, and keeps its token."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.apps import apps
from django.db import DatabaseError, connections, router
from django.views.decorators.debug import sensitive_variables

from django_bearer.errors import Failure, TemporarilyUnavailable

from . import dot_tables, old_tables
from .settings import AUTHTOKEN, DOT, KNOX

OF_PACKAGES = {
    KNOX: (old_tables.KNOX.name,),
    AUTHTOKEN: (old_tables.AUTHTOKEN.name,),
    DOT: (dot_tables.ACCESS, dot_tables.REFRESH, dot_tables.APPLICATION),
}
"""The tables without which no token of a package can be told from a made-up one."""
P = ParamSpec("P")
R = TypeVar("R")


def missing(source: str) -> str | None:
    """The table that tokens of a package need and that is not there, with what to do; None where all are."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for model in _models():
        wanted[router.db_for_write(model)].append(model._meta.db_table)
    if source in OF_PACKAGES:
        wanted[old_tables.alias()] += OF_PACKAGES[source]
    for using, tables in wanted.items():
        there = set(connections[using].introspection.table_names())
        for table in tables:
            if table not in there:
                return f"there is no table {table}: run manage.py migrate, or take {source} out of BEARER_MIGRATE"
    return None


def _models() -> list[Any]:
    return list(apps.get_app_config("django_bearer_migrate").get_models())


def failure_without_tables(method: Callable[..., R]) -> Callable[..., R | Failure]:
    """Let an authenticator answer 503, and not 500, where a table is missing."""

    @wraps(method)
    @sensitive_variables()
    def asked(self: Any, *args: Any) -> R | Failure:
        try:
            return method(self, *args)
        except DatabaseError:
            reason = missing(self.source)
            if reason is None:
                raise
        return Failure(TemporarilyUnavailable, reason)

    return asked


def unavailable_without_tables(function: Callable[P, R]) -> Callable[P, R]:
    """The same for what a view calls: it raises `TemporarilyUnavailable`."""

    @wraps(function)
    @sensitive_variables()
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except DatabaseError:
            reason = missing("simplejwt")
            if reason is None:
                raise
        raise TemporarilyUnavailable(reason)

    return asked
