"""Old tokens of django-oauth-toolkit: good while their row stands, with what its scopes and the entry's both name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, identify_hasher
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_variables

from django_bearer import LegacyLogin
from django_bearer.errors import Failure

from . import dot_tables, stored_logins
from .dot_tables import Application, StoredAccess
from .settings import Dot
from .stored_logins import RowAuthenticator

ACCESS = "access"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,512}", re.ASCII)


@dataclass
class DotAuthenticator(RowAuthenticator):
    """Checks access tokens of django-oauth-toolkit."""

    kind = ACCESS
    given: Dot

    @sensitive_variables()
    def found(self, credential: str) -> LegacyLogin | Failure | None:
        """Whose an access token is."""
        row = dot_tables.access(credential) if _TOKEN.fullmatch(credential) else None
        return None if row is None else login(row, self.given)


def login(row: StoredAccess, given: Dot) -> LegacyLogin | Failure:
    """The login that an access token's row stands for, or why it is refused."""

    def refused() -> str | None:
        bound = row.resources and not set(row.resources) & given.audiences
        return "the token is bound to another resource (RFC 8707 section 2)" if bound else None

    return stored_logins.login(row.user_id, row.expires_at, given.entry, refused, row.scopes & given.entry.scopes)


@sensitive_variables()
def has_secret(client: Application, secret: str) -> bool:
    """Whether a client has proved itself: by its own secret, or as a public one that sends none."""
    if not secret:
        return client.is_public
    if not client.secret:
        return False
    try:
        identify_hasher(client.secret)
    except ValueError:
        return constant_time_compare(client.secret, secret)
    return check_password(secret, client.secret)


def token_id(token: str) -> str:
    """What a trade knows a refresh token by."""
    return f"dot:{hashlib.sha256(token.encode()).hexdigest()}"
