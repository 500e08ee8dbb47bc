"""Tokens that are good once: found by their digest, and deleted by whoever is first to use or to end them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.views.decorators.debug import sensitive_variables

from ..database import aliases
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import write_despite_refusal
from ..errors import MalformedToken
from . import credential_owner


@dataclass(frozen=True, slots=True)
class SingleUseTokens:
    """The tokens of one table. `digest_of` reads one, and raises `MalformedToken` for any other text."""

    model: Any
    digest_of: Callable[[str], bytes]

    def rows(self, digest: bytes) -> Any:
        """The row of the token with this digest, as a query."""
        return self.model.objects.using(aliases.sessions_alias()).filter(digest=digest)

    def take(self, digest: bytes) -> bool:
        """Use the token up; False where somebody else was faster."""
        rows = self.rows(digest)
        return retry_on_conflict(lambda: bool(rows.delete()[0]))

    @sensitive_variables()
    def user_of(self, text: str, issuer: str) -> str:
        """The key of the user whose token of this issuer it is, as text; empty for any other text."""
        return credential_owner.user_of(self.rows(self.digest(text)).filter(issuer=issuer))

    @sensitive_variables()
    def end(self, text: str) -> None:
        """End the token, so that nobody uses it any more."""
        digest = self.digest(text)
        write_despite_refusal(lambda: self.rows(digest).delete())

    @sensitive_variables()
    def digest(self, text: str) -> bytes:
        """The digest of a token; empty, as none is, where the text is malformed."""
        try:
            return self.digest_of(text)
        except MalformedToken:
            return b""
