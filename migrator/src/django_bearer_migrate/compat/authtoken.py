"""The endpoint of REST framework's `authtoken`, over that of django-bearer: same members and errors.

`path("api-token-auth/", django_bearer_migrate.compat.authtoken.obtain_auth_token)` answers `{"token": …}`. An app
gets an API token of ours that comes under the old keyword until the date in `BEARER_MIGRATE`. A page gets an access
token of minutes, and the session's cookie. `include()` of this module has `token/` and `trade/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import path
from django.utils.translation import gettext
from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import public

from .. import settings
from ..settings import Entry
from .key_trade import KeyTradeView
from .opaque_login import OpaqueLoginView, OpaqueToken
from .refusals import translated


def in_fields(status: int, description: str) -> tuple[int, Mapping[str, Any]]:
    """`{"non_field_errors": […]}` for what concerns the credentials, `{"detail": …}` for the rest."""
    if status == 401:
        description = gettext("Unable to log in with provided credentials.")
    return (400, {"non_field_errors": [description]}) if status in (401, 403) else (status, {"detail": description})


@public
class ObtainAuthToken(OpaqueLoginView):
    """`POST {username, password}`: `{token}`. Each login has a token of its own, which nothing can show again."""

    named = "authtoken"

    def entry(self) -> Entry | None:
        """The entry of `authtoken`."""
        return settings.current().authtoken

    def refused(self, response: Response) -> Response:
        """`{"non_field_errors": […]}`."""
        return translated(response, in_fields)

    def members(self, request: Request, made: OpaqueToken) -> Mapping[str, Any]:
        """`token`."""
        return {"token": made.token}


obtain_auth_token = ObtainAuthToken.as_view()
urlpatterns = [
    path("token/", obtain_auth_token, name="authtoken_token"),
    path("trade/", KeyTradeView.as_view(), name="authtoken_trade"),
]
