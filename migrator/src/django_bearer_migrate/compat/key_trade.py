"""`POST trade/` with an old key in the header: a session of ours, for an app's version that knows refresh tokens."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import Principal, public
from django_bearer.errors import HTTPRefusal, NotAuthenticated
from django_bearer.integrations.drf import BearerAuthentication, views

from .. import bridge, key_trades
from ..missing_tables import unavailable_without_tables
from ..opaque_tokens import OpaqueAuthenticator
from .refusals import NO_STORE, as_response


def signed_in(request: Request) -> Principal | None:
    """Who asks by a token in the header, in a view that names `BearerAuthentication`."""
    return request.auth if isinstance(request.auth, Principal) else None


def sent_token(request: Request) -> str:
    """The token in the header of a request that was authenticated by it."""
    return str(request._request.META["HTTP_AUTHORIZATION"]).split()[-1]


@public
class KeyTradeView(views.EndpointView):
    """`POST` with a key of knox or `authtoken`: the tokens of a new session, in django-bearer's own words."""

    authentication_classes: Any = (BearerAuthentication,)

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Trade."""
        try:
            issued = self._trade(request)
        except HTTPRefusal as error:
            return as_response(request, error)
        members = {
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            "refresh_token": issued.refresh_token,
            "refresh_expires_in": issued.refresh_expires_in,
        }
        return Response(members, headers=NO_STORE)

    @unavailable_without_tables
    def _trade(self, request: Request) -> Any:
        principal = signed_in(request)
        if principal is not None and principal.legacy is not None:
            for each in bridge.authenticators():
                if each.source == principal.legacy.source and isinstance(each, OpaqueAuthenticator):
                    return key_trades.trade(request._request, principal.legacy, sent_token(request), each)
        raise NotAuthenticated("no key of knox or authtoken that is accepted was sent")
