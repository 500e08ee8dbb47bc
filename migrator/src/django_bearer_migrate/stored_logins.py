"""The login that a row of an old package stands for: one rule for knox, `authtoken` and django-oauth-toolkit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_bearer import LegacyLogin
from django_bearer.errors import Failure, InvalidToken

from . import account_state, accounts, clock, usage
from .missing_tables import failure_without_tables
from .settings import Entry


@dataclass
class RowAuthenticator:
    """What authenticators of tokens with a row share. `kind` is how a use is counted."""

    kind: ClassVar[str]
    source: str
    schemes: frozenset[str]
    ends_at: int

    @failure_without_tables
    @sensitive_variables()
    def authenticate(self, request: HttpRequest, credential: str) -> LegacyLogin | Failure | None:
        """Whose a token is."""
        return self.found(credential)

    def found(self, credential: str) -> LegacyLogin | Failure | None:
        """The login of a token, by its row."""
        raise NotImplementedError

    def used(self, request: HttpRequest, login: LegacyLogin) -> None:
        """Count a use."""
        usage.note(self.source, self.kind, str(request.META.get("HTTP_USER_AGENT", "")))


def login(
    user_id: Any, expires_at: int | None, entry: Entry, refused: Callable[[], str | None], scopes: frozenset[str]
) -> LegacyLogin | Failure:
    """The login of a row, or why it is refused. `expires_at` is in seconds since 1970, None for a row without an end;
    `refused` says why the package itself refuses the row."""
    if expires_at is not None and clock.seconds() >= expires_at:
        return Failure(InvalidToken, "expired")
    if reason := refused():
        return Failure(InvalidToken, reason)
    found = user_of(user_id)
    if isinstance(found, Failure):
        return found
    return LegacyLogin(found, entry.name, scopes, entry.ends_at if expires_at is None else expires_at)


def user_of(user_id: Any) -> Any:
    """The user of a row, or a `Failure`. A token of a client alone has none: a service account gets an API token."""
    if user_id is None:
        return Failure(InvalidToken, "the token is of a client and no user: issue it an API token")
    user = accounts.find("pk", user_id)
    if user is None:
        return Failure(InvalidToken, "the user is gone")
    refused = account_state.refusal(user)
    return Failure(InvalidToken, refused) if refused else user
