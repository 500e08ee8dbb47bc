"""Old opaque tokens, of knox and of REST framework's `authtoken`: good while their row stands.

A logout in the old version deletes the row, and so counts here at once.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_bearer import LegacyLogin
from django_bearer.errors import Failure, InvalidToken

from . import account_state, accounts, clock, copying, old_tables, usage
from .missing_tables import failure_without_tables
from .old_tables import StoredToken
from .settings import Entry, Knox

KEY = "key"
"""How a use is counted."""
MIN_RENEWAL = 60
"""Seconds by which an expiry must move before it is stored, as with knox."""
_KNOX = re.compile(r"[A-Za-z0-9._~+/-]{32,256}", re.ASCII)
_AUTHTOKEN = re.compile(r"[0-9a-f]{40}", re.ASCII)


@dataclass
class KnoxAuthenticator:
    """Checks tokens of knox 5, whose digests its table holds."""

    given: Knox
    source: str
    schemes: frozenset[str]
    ends_at: int

    @failure_without_tables
    @sensitive_variables()
    def authenticate(self, request: HttpRequest, credential: str) -> LegacyLogin | Failure | None:
        """Whose a token is."""
        if not _KNOX.fullmatch(credential):
            return None
        digest = hashlib.new(self.given.hash_name, credential.encode()).hexdigest()
        row = old_tables.knox_token(digest)
        if row is None:
            return None
        found = login(row, self.given.entry, copying.end_of(digest))
        if isinstance(found, LegacyLogin) and row.expires_at is not None:
            later = renewed(row.created_at, row.expires_at, self.given, clock.seconds())
            if later:
                old_tables.renew_knox_token(digest, later)
        return found

    def stored(self, key: str) -> StoredToken | None:
        """The row of a token."""
        return old_tables.knox_token(hashlib.new(self.given.hash_name, key.encode()).hexdigest())

    def entry(self) -> Entry:
        """What the settings say of knox."""
        return self.given.entry

    def used(self, request: HttpRequest, login: LegacyLogin) -> None:
        """Count a use."""
        usage.note(self.source, KEY, str(request.META.get("HTTP_USER_AGENT", "")))


@dataclass
class AuthTokenAuthenticator:
    """Checks the keys of REST framework's `authtoken`."""

    given: Entry
    source: str
    schemes: frozenset[str]
    ends_at: int

    @failure_without_tables
    @sensitive_variables()
    def authenticate(self, request: HttpRequest, credential: str) -> LegacyLogin | Failure | None:
        """Whose a key is."""
        if not _AUTHTOKEN.fullmatch(credential):
            return None
        row = old_tables.auth_token(credential)
        return None if row is None else login(row, self.given, copying.end_of(credential))

    def stored(self, key: str) -> StoredToken | None:
        """The row of a key."""
        return old_tables.auth_token(key)

    def entry(self) -> Entry:
        """What the settings say of `authtoken`."""
        return self.given

    def used(self, request: HttpRequest, login: LegacyLogin) -> None:
        """Count a use."""
        usage.note(self.source, KEY, str(request.META.get("HTTP_USER_AGENT", "")))


def login(row: StoredToken, entry: Entry, copy_ends_at: int | None = None) -> LegacyLogin | Failure:
    """The login that a row stands for, or why it is refused. The token's copy, if there is one, may end before it."""
    if copy_ends_at is not None and clock.seconds() >= copy_ends_at:
        return Failure(InvalidToken, "its copy has ended")
    if row.expires_at is not None and clock.seconds() >= row.expires_at:
        return Failure(InvalidToken, "expired")
    user = accounts.find("pk", row.user_id)
    if user is None:
        return Failure(InvalidToken, "the user is gone")
    refused = account_state.refusal(user)
    if refused:
        return Failure(InvalidToken, refused)
    ends_at = entry.ends_at if row.expires_at is None else row.expires_at
    return LegacyLogin(user, entry.name, entry.scopes, ends_at)


def renewed(created_at: int, expires_at: int, given: Knox, now: int) -> int | None:
    """The later expiry that a use gives a token of knox (`AUTO_REFRESH`), or None. Pure, in seconds since 1970."""
    if given.renewed_seconds is None:
        return None
    later = now + given.renewed_seconds
    if given.most_seconds is not None:
        later = min(later, created_at + given.most_seconds)
    return later if later - expires_at > MIN_RENEWAL else None
