"""Old tokens of djangorestframework-simplejwt: whose they are, by our own strict reader."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_bearer import LegacyLogin
from django_bearer.errors import Failure, InvalidToken

from . import account_state, accounts, clock, jwt_format, usage
from .jwt_format import OldClaims
from .missing_tables import failure_without_tables
from .settings import SimpleJwt

ACCESS, REFRESH = "access", "refresh"


@dataclass
class SimpleJwtAuthenticator:
    """Checks old access tokens, for `django_bearer.register_legacy_authenticators`."""

    given: SimpleJwt
    source: str
    schemes: frozenset[str]
    ends_at: int

    @failure_without_tables
    @sensitive_variables()
    def authenticate(self, request: HttpRequest, credential: str) -> LegacyLogin | Failure | None:
        """Whose an old access token is."""
        found = check(credential, ACCESS, self.given)
        if not isinstance(found, Checked):
            return found
        return LegacyLogin(found.user, self.source, self.given.entry.scopes, found.claims.expires_at)

    def used(self, request: HttpRequest, login: LegacyLogin) -> None:
        """Count a use."""
        usage.note(self.source, ACCESS, str(request.META.get("HTTP_USER_AGENT", "")))


@dataclass(frozen=True, slots=True)
class Checked:
    """A token that holds, and its user."""

    user: Any
    claims: OldClaims


@sensitive_variables()
def check(token: str, kind: str, given: SimpleJwt) -> Checked | Failure | None:
    """A token of this kind and its user; a `Failure` for one that is refused; None for what is none of simplejwt."""
    now = clock.seconds()
    claims = jwt_format.read(token, given.made, kind, now)
    if claims is None:
        return None
    if isinstance(claims, str):
        return Failure(InvalidToken, claims)
    if now >= given.entry.ends_at:
        return Failure(InvalidToken, "tokens of simplejwt are accepted no longer: log in again")
    user = accounts.find(given.user_field, claims.user)
    if user is None:
        return Failure(InvalidToken, "the user is gone")
    if given.password_claim is not None and not _is_of_password(claims, given.password_claim, user):
        return Failure(InvalidToken, "the token is of an earlier password, by simplejwt's own claim")
    refused = account_state.refusal(user)
    return Failure(InvalidToken, refused) if refused else Checked(user, claims)


def _is_of_password(claims: OldClaims, name: str, user: Any) -> bool:
    """Whether the token says the password's digest as simplejwt makes it (`CHECK_REVOKE_TOKEN`)."""
    said = claims.members.get(name)
    now = hashlib.md5(user.password.encode(), usedforsecurity=False).hexdigest().upper()
    return isinstance(said, str) and hmac.compare_digest(said.encode(), now.encode())
