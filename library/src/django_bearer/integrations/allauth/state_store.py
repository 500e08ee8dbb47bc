"""Where the state of allauth's flows is stored: rows of Django's sessions whose content is encrypted.

The state of a flow holds what must not be read in a database: the secret of a TOTP device that is being enrolled,
codes that were mailed, challenges. It is bound to its row, so that a copy under another key is no state at all.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.views.decorators.debug import sensitive_variables

from ... import conf
from ...errors import KeyDecryptionFailed, MalformedToken, TemporarilyUnavailable
from ...keys.encryption import decrypt, encrypt
from ...primitives.encoding import base64url_decode, base64url_encode


class FlowStore(SessionStore):
    """The state of a flow before its login. It is in the database alone, whatever `SESSION_ENGINE` caches."""

    taken = False

    @sensitive_variables()
    def take(self) -> bool:
        """Take the state out of the database, as it is there now; False if there is none, or another was faster."""
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        if row is None:
            return False
        same = self.model.objects.filter(session_key=row.session_key, session_data=row.session_data)
        if not same.delete()[0]:
            return False
        self._session_cache = self.decode(row.session_data)
        self.taken = self.modified = True
        return True

    def save(self, must_create: bool = False) -> None:
        """Store the state. What another request has taken meanwhile is not stored over it."""
        try:
            super().save(must_create=must_create or self.taken)
        except UpdateError:
            raise TemporarilyUnavailable("another request goes on with this flow") from None
        self.taken = False

    @sensitive_variables()
    def encode(self, session_dict: dict[str, Any]) -> str:
        """What the row stores."""
        written = super().encode(session_dict).encode()
        return base64url_encode(encrypt(written, self._about(), conf.current().key_encryption_keys[0]))

    @sensitive_variables()
    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """The state, or none where the row is not one that we wrote."""
        text = session_data if isinstance(session_data, str) else session_data.decode("latin-1")
        try:
            read = decrypt(base64url_decode(text), self._about(), conf.current().key_encryption_keys)
        except (MalformedToken, KeyDecryptionFailed):
            return {}
        return dict(super().decode(read.decode()))

    def _about(self) -> bytes:
        return f"allauth flow {self.session_key}".encode()


class BoundStore(FlowStore):
    """The state of a session of ours. The login in `overlay` is laid over it in memory, and never stored."""

    def __init__(self, session_key: str, overlay: dict[str, Any]) -> None:
        super().__init__(session_key)
        self.overlay = overlay

    def take(self) -> bool:
        """Take the stored state, if there is any, with the login over it."""
        key, found = self.session_key, super().take()
        self._session_key = key
        if found:
            self._session_cache |= self.overlay
        return found

    def load(self) -> dict[str, Any]:
        """The stored state with the login over it."""
        key = self.session_key
        data = super().load() if key and self.exists(key) else {}
        self._session_key = key
        return {**data, **self.overlay}

    def save(self, must_create: bool = False) -> None:
        """Store the state without the login."""
        kept: dict[str, Any] = dict(self._get_session())  # type: ignore[attr-defined]
        for name in self.overlay:
            self.pop(name, None)
        try:
            if not self.taken or self._session_cache:  # nothing is left of one that was used up
                super().save(must_create=not self.exists(str(self.session_key)))
        finally:
            self._session_cache = kept
