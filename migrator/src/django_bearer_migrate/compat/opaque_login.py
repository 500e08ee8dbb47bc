"""A login by password that yields one opaque token, for clients that know no refresh token.

An app gets an API token of ours with an end, since it keeps its token for months and can do nothing else. A page gets
an access token of minutes and the session's cookie: what script can read must not live for long.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.db.models import F
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import ApiToken, authenticate_token, issue_api_token, revoke_api_token, revoke_session
from django_bearer.errors import HTTPRefusal, LoginRefused
from django_bearer.integrations.drf import views
from django_bearer.integrations.drf.parsing import CappedFormParser, CappedJSONParser
from django_bearer.integrations.drf.serializers import LoginSerializer

from .. import clock, settings, trades, usage
from ..settings import Entry
from .refusals import as_response

LOGIN = "login"
"""How a login in an old package's words is counted."""
_BASIC = re.compile(r"basic +([A-Za-z0-9+/]+=*)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OpaqueToken:
    """What a login yields. `expires_at` is in seconds since 1970."""

    user: Any
    token: str = field(repr=False)
    expires_at: int


class CappedMultiPartParser(MultiPartParser):
    """Forms of the kind that old clients send, whose fields Django caps."""


PARSERS = (CappedFormParser, CappedMultiPartParser, CappedJSONParser)


class CredentialsSerializer(LoginSerializer):
    """The user's name and password, from the body or from a Basic header (RFC 7617)."""

    def to_internal_value(self, data: Any) -> Any:
        """What the client sent; a Basic header names nobody whom the body does not name, too."""
        given = basic(str(self.context["request"]._request.META.get("HTTP_AUTHORIZATION") or ""))
        name = str(get_user_model().USERNAME_FIELD)
        if given is not None and isinstance(data, Mapping) and not {name, "username", "password"} & set(data):
            data = {**data, name: given[0], "password": given[1]}
        return super().to_internal_value(data)


@sensitive_variables()
def basic(header: str) -> tuple[str, str] | None:
    """The name and the password of a Basic header (RFC 7617), or None."""
    match = _BASIC.fullmatch(header)
    if match is None:
        return None
    try:
        name, colon, password = base64.b64decode(match[1], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


class OpaqueLoginView(views.TokenLoginView):
    """The endpoint `login/` with one token in its answer. A subclass says which package's clients it is for."""

    serializer_class: ClassVar[Any] = CredentialsSerializer
    parser_classes: Any = PARSERS
    named: ClassVar[str]
    """The name that API tokens of these logins have."""

    def entry(self) -> Entry | None:
        """The package's entry in `BEARER_MIGRATE`."""
        raise NotImplementedError

    def lifetime(self) -> int | None:
        """For how many seconds a token lives; None for as long as may be."""
        return None

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Log in."""
        entry = self.entry()
        if entry is None or clock.seconds() >= entry.ends_at:
            ended = f"logins in the words of {self.named} have ended, by {settings.NAME}"
            return self.refused(as_response(request, LoginRefused(ended)))
        found = super().post(request, *args, **kwargs)
        if not isinstance(found, Response) or found.status_code != 200:
            return self.refused(found) if isinstance(found, Response) else found
        try:
            made = self.opaque(request, found.data, entry)
        except HTTPRefusal as error:
            return self.refused(as_response(request, error))
        usage.note(entry.name, LOGIN, str(request.META.get("HTTP_USER_AGENT", "")))
        found.data = self.members(request, made)
        return found

    def handle_exception(self, exc: Exception) -> Response:
        """What REST framework refuses, in its own words."""
        return self.refused(super().handle_exception(exc))

    def refused(self, response: Response) -> Response:
        """A refusal as the package's clients read it."""
        raise NotImplementedError

    def members(self, request: Request, made: OpaqueToken) -> Mapping[str, Any]:
        """The body of the answer."""
        raise NotImplementedError

    @sensitive_variables()
    def opaque(self, request: Request, said: Mapping[str, Any], entry: Entry) -> OpaqueToken:
        """The token for the client, by the session that has just begun. An app's session ends."""
        access = said["access_token"]
        principal = authenticate_token(access, request=request._request)
        if trades.is_browser(request._request):
            return OpaqueToken(principal.user, access, clock.seconds() + int(said["expires_in"]))
        seconds = min(settings.api_token_seconds(), entry.ends_at - clock.seconds())
        seconds = min(seconds, self.lifetime() or seconds)
        given: dict[str, Any] = {
            "name": self.named,
            "expires_in": seconds,
            "scope": entry.scopes & principal.scopes,
            "amr": principal.claims.amr if principal.claims is not None else (),
            "request": request._request,
        }
        try:
            made = self.issue(principal.user, given)
        finally:
            revoke_session(principal.session_id, "became_api_token")  # type: ignore[arg-type]
        return OpaqueToken(principal.user, made.token, made.expires_at)

    def issue(self, user: Any, given: Mapping[str, Any]) -> Any:
        """An API token for this user. Raises what `issue_api_token` raises."""
        self.make_room(user)
        return issue_api_token(user, **given)

    def most(self) -> int:
        """How many tokens of these logins a user may have. One more ends the one that was unused for longest."""
        return MOST

    def make_room(self, user: Any) -> None:
        """End the tokens of earlier logins that are beyond what a user may have, those unused for longest first."""
        alive = ApiToken.objects.filter(
            user_id=user.pk, revoked_at__isnull=True, expires_at__gt=clock.seconds() * 1_000_000
        )
        others = alive.exclude(name=self.named).count()
        held = list(
            alive.filter(name=self.named)
            .order_by(F("last_used_at").desc(nulls_last=True), "-created_at")
            .values_list("pk", flat=True)
        )
        for token_id in held[max(min(self.most(), api_token_limit() - others) - 1, 0) :]:
            revoke_api_token(token_id, "replaced")


def api_token_limit() -> int:
    """How many API tokens a user may have, as `BEARER["API_TOKEN_LIMIT"]` has it."""
    return int(getattr(django_settings, "BEARER", {}).get("API_TOKEN_LIMIT", 50))


MOST = 20
"""Tokens of logins that one user has at a time."""
