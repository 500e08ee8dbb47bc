"""The least code that could answer for an access token: what every party is compared with, and no way to do it.

It has one prepared statement for session and user, a dictionary of tokens seen, and Django's own `from_db`. It checks
nothing that takes time.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from jwt import PyJWT
from psycopg import Cursor
from rest_framework.authentication import BaseAuthentication

seen: dict[str, uuid.UUID] = {}
"""The session of each token."""
_SQL = (
    "SELECT s.revoked_at, s.ends_at, {columns} FROM django_bearer_session s JOIN auth_user u ON u.id = s.user_id"
    " WHERE s.id = %s"
)


class OneStatement(BaseAuthentication):
    """Reads session and user with one statement, prepared once on PostgreSQL."""

    def authenticate(self, request: Any) -> Any:
        session = seen[request.META["HTTP_AUTHORIZATION"][7:]]
        connection.ensure_connection()
        if connection.vendor == "postgresql":
            raw = connection.connection
            raw.prepare_threshold = 0  # Django switches it off, and makes cursors that prepare nothing
            found = Cursor(raw).execute(_statement()[0], [session], prepare=True).fetchone()
        else:
            with connection.cursor() as cursor:
                cursor.execute(_statement()[0], [session.hex if connection.vendor == "sqlite" else session])
                found = cursor.fetchone()
        if found[0] is not None:
            return None
        return get_user_model().from_db("default", _statement()[1], found[2:]), None


class OneDictionary(BaseAuthentication):
    """Finds the token in a dictionary, and asks no database."""

    def authenticate(self, request: Any) -> Any:
        return (_Nobody, None) if request.META["HTTP_AUTHORIZATION"][7:] in seen else None


class OneSignature(BaseAuthentication):
    """Checks one ES256 signature, and asks no database."""

    key: Any = None

    def authenticate(self, request: Any) -> Any:
        PyJWT().decode(
            request.META["HTTP_AUTHORIZATION"][7:], self.key, algorithms=["ES256"], options={"verify_aud": False}
        )
        return _Nobody, None


class _Nobody:
    is_authenticated, is_staff, is_active, pk = True, False, True, 1

    @classmethod
    def get_username(cls) -> str:
        return "ann"


_made: list[tuple[str, list[str]]] = []


def _statement() -> tuple[str, list[str]]:
    if not _made:
        fields = get_user_model()._meta.concrete_fields
        columns = ", ".join(f"u.{field.column}" for field in fields)
        _made.append((_SQL.format(columns=columns), [field.attname for field in fields]))
    return _made[0]
