"""Names of `knox.models` and `rest_framework.authtoken.models` over API tokens of django-bearer, with warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.views.decorators.debug import sensitive_variables

from django_bearer import ApiToken, IssuedApiToken, issue_api_token, revoke_api_token

from .. import clock, settings
from ..settings import Entry
from .deprecated import warn

_UNSET = object()


@dataclass(frozen=True, slots=True)
class Issued:
    """What stands for a row of the old package. `key` is the token itself, which is readable this once."""

    user: Any
    pk: Any
    expiry: datetime
    key: str = field(repr=False)

    def delete(self) -> None:
        """Revoke the token."""
        revoke_api_token(self.pk, "deleted")


@dataclass(frozen=True, slots=True)
class Tokens:
    """A user's tokens of one name."""

    user: Any
    named: str

    def _rows(self) -> Any:
        return ApiToken.objects.filter(user_id=self.user.pk, name=self.named, revoked_at__isnull=True)

    def count(self) -> int:
        """How many are not revoked."""
        return int(self._rows().count())

    def exists(self) -> bool:
        """Whether there is one."""
        return bool(self._rows().exists())

    def delete(self) -> None:
        """Revoke them."""
        for token_id in self._rows().values_list("pk", flat=True):
            revoke_api_token(token_id, "deleted")


class AuthTokens:
    """`AuthToken.objects` of knox."""

    @sensitive_variables()
    def create(self, user: Any, expiry: Any = _UNSET, prefix: str | None = None, **others: Any) -> tuple[Issued, str]:
        """An API token with knox's lifetime: what stands for its row, and the token, which is shown this once."""
        warn("AuthToken.objects.create()", "django_bearer.issue_api_token() for machines, issue_session() for people")
        if prefix or others:
            raise TypeError("an API token has a prefix of its own and no other fields")
        given = settings.current().knox
        lasting = given.token_seconds if given is not None else None
        seconds = lasting if expiry is _UNSET else None if expiry is None else int(expiry.total_seconds())
        made = _issue(user, "knox", None if given is None else given.entry, seconds)
        return made, made.key

    def filter(self, *, user: Any) -> Tokens:
        """A user's tokens, to count or to end them."""
        warn("AuthToken.objects.filter()", "django_bearer.ApiToken.objects")
        return Tokens(user, "knox")


class AuthToken:
    """knox's `AuthToken`."""

    objects = AuthTokens()


class AuthtokenTokens:
    """`Token.objects` of REST framework's `authtoken`."""

    @sensitive_variables()
    def create(self, *, user: Any) -> Issued:
        """A new API token. Its `key` is readable this once."""
        warn("Token.objects.create()", f"django_bearer.issue_api_token(); {ONCE}")
        return _issue(user, "authtoken", settings.current().authtoken, None)

    @sensitive_variables()
    def get_or_create(self, *, user: Any) -> tuple[Issued, bool]:
        """A new API token each time, and True: none that was made before can be read again."""
        warn("Token.objects.get_or_create()", f"django_bearer.issue_api_token(); {ONCE}")
        return _issue(user, "authtoken", settings.current().authtoken, None), True

    def filter(self, *, user: Any) -> Tokens:
        """A user's tokens, to count or to end them."""
        warn("Token.objects.filter()", "django_bearer.ApiToken.objects")
        return Tokens(user, "authtoken")


ONCE = "its key is readable once, when it is made, so that each call makes another token"


class Token:
    """`Token` of REST framework's `authtoken`."""

    objects = AuthtokenTokens()


@sensitive_variables()
def _issue(user: Any, named: str, entry: Entry | None, seconds: int | None) -> Issued:
    """An API token that ends after these seconds and with the date of its package at the latest."""
    most = settings.api_token_seconds()
    if entry is not None:
        most = min(most, entry.ends_at - clock.seconds())
    lasting = timedelta(seconds=min(most, seconds or most))
    scopes = frozenset() if entry is None else entry.scopes
    made: IssuedApiToken = issue_api_token(user, name=named, expires_in=lasting, scope=scopes)
    return Issued(user, made.id, datetime.fromtimestamp(made.expires_at, UTC), made.token)
