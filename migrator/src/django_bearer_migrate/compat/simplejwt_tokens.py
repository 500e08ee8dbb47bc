"""Names of `rest_framework_simplejwt.tokens` and `.serializers` over sessions of django-bearer, with warnings.

What cannot be carried over raises and says what takes its place: a claim that is set on a token that has been signed
would be lost in silence.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed

from django_bearer import decode_token, issue_session, login, revoke_session
from django_bearer.errors import Failure, HTTPRefusal, InvalidToken

from .. import settings, simplejwt, trades
from ..simplejwt import ACCESS, REFRESH, Checked
from .deprecated import warn


class TokenError(Exception):
    """A token is not accepted, as simplejwt's exception of this name says."""


class Token(Mapping[str, Any]):
    """A token: a mapping of its claims, and its text by `str()`."""

    token_type = ""

    def __init__(self, text: str, claims: Mapping[str, Any]) -> None:
        self._text, self._claims = text, dict(claims)

    def __getitem__(self, name: str) -> Any:
        return self._claims[name]

    def __setitem__(self, name: str, value: Any) -> None:
        raise TypeError(f"the claim {name!r} cannot be set on a signed token: name it in BEARER['EXTRA_CLAIMS']")

    def __iter__(self) -> Iterator[str]:
        return iter(self._claims)

    def __len__(self) -> int:
        return len(self._claims)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    @property
    def payload(self) -> Mapping[str, Any]:
        """The claims."""
        return dict(self._claims)


class AccessToken(Token):
    """`AccessToken(text)["claim"]` of an access token that is valid now, ours or an old one."""

    token_type = ACCESS

    @sensitive_variables()
    def __init__(self, token: Any = None, verify: bool = True) -> None:
        warn("AccessToken", "django_bearer.decode_token(token)")
        if not isinstance(token, str) or not verify:
            raise TypeError("there is no token to read, and none is read unchecked: use django_bearer.decode_token()")
        super().__init__(token, _access_claims(token))

    @classmethod
    def for_user(cls, user: Any) -> AccessToken:
        """The access token of a new session."""
        warn("AccessToken.for_user()", "django_bearer.issue_session(user).access_token")
        return _made(cls, issue_session(user, client_id=_client_id()).access_token)


class RefreshToken(Token):
    """`RefreshToken.for_user(user)` begins a session; `RefreshToken(text)` reads an old one."""

    token_type = REFRESH

    @sensitive_variables()
    def __init__(self, token: Any = None, verify: bool = True) -> None:
        warn("RefreshToken", "django_bearer.refresh_session(token), or revoke_session()")
        given = settings.current().simplejwt
        found = simplejwt.check(token, REFRESH, given) if isinstance(token, str) and given is not None else None
        if found is None or isinstance(found, Failure):
            raise TokenError("Token is invalid: it is no refresh token of simplejwt; ours are opaque")
        super().__init__(token, found.claims.members)
        self._old: Checked | None = found
        self._session_id: uuid.UUID | None = None
        self._access = ""

    @classmethod
    def for_user(cls, user: Any) -> RefreshToken:
        """The refresh token of a new session. `access_token` is the session's first one."""
        warn("RefreshToken.for_user()", "django_bearer.login() in a view, or issue_session(user)")
        return cls._begin(user)

    @classmethod
    @sensitive_variables()
    def _begin(cls, user: Any) -> RefreshToken:
        issued = issue_session(user, client_id=_client_id())
        self = cls.__new__(cls)
        Token.__init__(self, str(issued.refresh_token), {"jti": str(issued.session_id), **_whose(user)})
        self._old, self._session_id, self._access = None, issued.session_id, issued.access_token
        return self

    @property
    def access_token(self) -> AccessToken:
        """The first access token of the session that `for_user()` began."""
        if self._session_id is None:
            raise TypeError("an old refresh token is traded at token/refresh/, which knows who asks")
        return _made(AccessToken, self._access)

    def blacklist(self) -> None:
        """End the session, or spend the old token."""
        if self._session_id is not None:
            revoke_session(self._session_id, "blacklisted")
        elif self._old is not None and not trades.end(self._old):
            raise TokenError("Token is blacklisted")


class TokenObtainPairSerializer(serializers.Serializer[Any]):
    """`get_token(user)`, and `validate()` with a name and a password, which is limited as our login is."""

    def get_fields(self) -> dict[str, Any]:
        """The name and the password."""
        name = str(get_user_model().USERNAME_FIELD)
        return {
            name: serializers.CharField(write_only=True),
            "password": serializers.CharField(write_only=True, trim_whitespace=False),
        }

    @classmethod
    def get_token(cls, user: Any) -> RefreshToken:
        """The refresh token of a new session."""
        warn("TokenObtainPairSerializer.get_token()", "django_bearer.issue_session(user), and BEARER['EXTRA_CLAIMS']")
        return RefreshToken._begin(user)

    @method_decorator(sensitive_variables())
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """`access` and `refresh` of a new session."""
        warn("TokenObtainPairSerializer", "django_bearer_migrate.compat.simplejwt.TokenObtainPairView, or login()")
        request = self.context["request"]
        name = str(get_user_model().USERNAME_FIELD)
        try:
            done = login(
                getattr(request, "_request", request), attrs[name], attrs["password"], client_id=_client_id()
            )
        except HTTPRefusal as error:
            raise AuthenticationFailed(str(error.description), "no_active_account") from error
        return {"refresh": str(done.tokens.refresh_token), "access": done.tokens.access_token}


def _client_id() -> str:
    given = settings.current().simplejwt
    return "first-party" if given is None else given.entry.client_id


def _whose(user: Any) -> dict[str, Any]:
    given = settings.current().simplejwt
    name, field = ("user_id", "pk") if given is None else (given.made.user_claim, given.user_field)
    return {name: str(getattr(user, field))}


@sensitive_variables()
def _access_claims(token: str) -> dict[str, Any]:
    """The claims of an access token under their old names, beside our own."""
    try:
        claims = decode_token(token)
    except InvalidToken:
        given = settings.current().simplejwt
        found = None if given is None else simplejwt.check(token, ACCESS, given)
        if found is None or isinstance(found, Failure):
            raise TokenError("Token is invalid") from None
        return dict(found.claims.members)
    given = settings.current().simplejwt
    user = "user_id" if given is None else given.made.user_claim
    return {**claims.payload(), user: claims.sub, "token_type": ACCESS}


@sensitive_variables()
def _made(cls: type[AccessToken], token: str) -> AccessToken:
    self = cls.__new__(cls)
    Token.__init__(self, token, _access_claims(token))
    return self
