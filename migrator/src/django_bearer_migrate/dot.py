"""Old tokens of django-oauth-toolkit: good while their row stands, with what its scopes and the entry's both name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import check_password, identify_hasher
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_variables

from django_bearer import LegacyLogin
from django_bearer.errors import Failure, InvalidToken

from . import account_state, accounts, clock, dot_tables, usage
from .dot_tables import Application, StoredAccess
from .missing_tables import failure_without_tables
from .settings import Dot

ACCESS = "access"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,512}", re.ASCII)


@dataclass
class DotAuthenticator:
    """Checks access tokens of django-oauth-toolkit."""

    given: Dot
    source: str
    schemes: frozenset[str]
    ends_at: int

    @failure_without_tables
    @sensitive_variables()
    def authenticate(self, request: HttpRequest, credential: str) -> LegacyLogin | Failure | None:
        """Whose an access token is."""
        if not _TOKEN.fullmatch(credential):
            return None
        row = dot_tables.access(credential)
        return None if row is None else login(row, self.given)

    def used(self, request: HttpRequest, login: LegacyLogin) -> None:
        """Count a use."""
        usage.note(self.source, ACCESS, str(request.META.get("HTTP_USER_AGENT", "")))


def login(row: StoredAccess, given: Dot) -> LegacyLogin | Failure:
    """The login that an access token's row stands for, or why it is refused."""
    if clock.seconds() >= row.expires_at:
        return Failure(InvalidToken, "expired")
    if row.resources and not set(row.resources) & given.audiences:
        return Failure(InvalidToken, "the token is bound to another resource (RFC 8707 section 2)")
    found = user_of(row.user_id)
    if isinstance(found, Failure):
        return found
    return LegacyLogin(found, given.entry.name, row.scopes & given.entry.scopes, row.expires_at)


def user_of(user_id: Any) -> Any:
    """The user of a row, or a `Failure`. A token of a client alone has none: a service account gets an API token."""
    if user_id is None:
        return Failure(InvalidToken, "the token is of a client and no user: issue it an API token")
    user = accounts.find("pk", user_id)
    if user is None:
        return Failure(InvalidToken, "the user is gone")
    refused = account_state.refusal(user)
    return Failure(InvalidToken, refused) if refused else user


@sensitive_variables()
def has_secret(client: Application, secret: str) -> bool:
    """Whether a client has proved itself: a public one with no secret, another one with its own."""
    if client.is_public:
        return not secret
    if not client.secret or not secret:
        return False
    try:
        identify_hasher(client.secret)
    except ValueError:
        return constant_time_compare(client.secret, secret)
    return check_password(secret, client.secret)


def token_id(token: str) -> str:
    """What a trade knows a refresh token by."""
    return f"dot:{hashlib.sha256(token.encode()).hexdigest()}"
