"""Old opaque tokens, of knox and of REST framework's `authtoken`: good while their row stands.

A logout in the old version deletes the row, and so counts here at once.
"""

from __future__ import annotations

import hashlib
import re
from abc import abstractmethod
from dataclasses import dataclass

from django.views.decorators.debug import sensitive_variables

from django_bearer import LegacyLogin
from django_bearer.errors import Failure, InvalidToken

from . import clock, copying, old_tables, stored_logins
from .old_tables import StoredToken
from .settings import Entry, Knox
from .stored_logins import RowAuthenticator

KEY = "key"
"""How a use is counted."""
TOO_SHORT = "a key of authtoken with fewer than 32 characters could be guessed: give its client another one"
MIN_RENEWAL = 60
"""Seconds by which an expiry must move before it is stored, as with knox."""
_KNOX = re.compile(r"[A-Za-z0-9._~+/-]{32,256}", re.ASCII)
_AUTHTOKEN = re.compile(r"[A-Za-z0-9._~+/-]{32,40}", re.ASCII)
SHORT = re.compile(r"[A-Za-z0-9._~+/-]{1,31}", re.ASCII)


@dataclass
class OpaqueAuthenticator(RowAuthenticator):
    """What both packages' authenticators share."""

    kind = KEY

    @property
    @abstractmethod
    def entry(self) -> Entry:
        """What the settings say of the package."""

    @abstractmethod
    def reference(self, key: str) -> str:
        """What finds a key's row without the key: what a session that came from it remembers."""

    @abstractmethod
    def stored(self, key: str) -> StoredToken | None:
        """The row of a key."""

    @sensitive_variables()
    def found(self, credential: str) -> LegacyLogin | Failure | None:
        """Whose a key is."""
        row = self.stored(credential) if self.could_be(credential) else None
        return None if row is None else self.login(row, credential)

    @abstractmethod
    def could_be(self, credential: str) -> bool:
        """Whether a credential has the form of a key."""

    @sensitive_variables()
    def login(self, row: StoredToken, key: str) -> LegacyLogin | Failure:
        """The login that a row stands for. The key's copy, if there is one, may end before it."""

        def refused() -> str | None:
            ends_at = copying.end_of(self.copied(key))
            return "its copy has ended" if ends_at is not None and clock.seconds() >= ends_at else None

        return stored_logins.login(row.user_id, row.expires_at, self.entry, refused, self.entry.scopes)

    @abstractmethod
    def copied(self, key: str) -> str:
        """What the old table stores of a key, of which a copy holds the digest."""


@dataclass
class KnoxAuthenticator(OpaqueAuthenticator):
    """Checks tokens of knox 5, whose digests its table holds."""

    given: Knox

    @property
    def entry(self) -> Entry:
        """What the settings say of knox."""
        return self.given.entry

    def could_be(self, credential: str) -> bool:
        """Whether it has the form of a token of knox."""
        return _KNOX.fullmatch(credential) is not None

    @sensitive_variables()
    def reference(self, key: str) -> str:
        """The digest that knox stores."""
        return hashlib.new(self.given.hash_name, key.encode()).hexdigest()

    copied = reference

    @sensitive_variables()
    def stored(self, key: str) -> StoredToken | None:
        """The row of a token."""
        return old_tables.knox_token(self.reference(key))

    @sensitive_variables()
    def login(self, row: StoredToken, key: str) -> LegacyLogin | Failure:
        """The same, and a use extends the row's expiry where `AUTO_REFRESH` says so."""
        found = super().login(row, key)
        if isinstance(found, LegacyLogin) and row.expires_at is not None:
            later = renewed(row.created_at, row.expires_at, self.given, clock.seconds())
            if later:
                old_tables.renew_knox_token(self.reference(key), later)
        return found


@dataclass
class AuthTokenAuthenticator(OpaqueAuthenticator):
    """Checks the keys of REST framework's `authtoken`."""

    given: Entry

    @property
    def entry(self) -> Entry:
        """What the settings say of `authtoken`."""
        return self.given

    @sensitive_variables()
    def found(self, credential: str) -> LegacyLogin | Failure | None:
        """Whose a key is. A project may choose its keys itself: a short one could be guessed."""
        return Failure(InvalidToken, TOO_SHORT) if SHORT.fullmatch(credential) else super().found(credential)

    def could_be(self, credential: str) -> bool:
        """Whether it has the form of a key."""
        return _AUTHTOKEN.fullmatch(credential) is not None

    @sensitive_variables()
    def reference(self, key: str) -> str:
        """A digest: the old table stores keys in clear."""
        return copying.digest_of(key)

    @sensitive_variables()
    def copied(self, key: str) -> str:
        """The key itself."""
        return key

    @sensitive_variables()
    def stored(self, key: str) -> StoredToken | None:
        """The row of a key."""
        return old_tables.auth_token(key)


def renewed(created_at: int, expires_at: int, given: Knox, now: int) -> int | None:
    """The later expiry that a use gives a token of knox (`AUTO_REFRESH`), or None. Pure, in seconds since 1970."""
    if given.renewed_seconds is None:
        return None
    later = now + given.renewed_seconds
    if given.most_seconds is not None:
        later = min(later, created_at + given.most_seconds)
    return later if later - expires_at > MIN_RENEWAL else None
