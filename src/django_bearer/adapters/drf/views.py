"""The endpoints as REST framework views: the same doors, with a serializer that may take more fields, never fewer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ...endpoints import door
from ...endpoints.login import login
from ...endpoints.logout import logout, logout_everywhere
from ...endpoints.refresh import refresh
from ...errors import InvalidRequest
from ...http.challenge import body
from ...http.middleware import answers_in_clear
from .parsing import CappedJSONParser
from .serializers import LoginSerializer, LogoutSerializer, NothingSerializer, RefreshSerializer


@method_decorator([door.outside_transactions, answers_in_clear], name="dispatch")
class DoorView(APIView):
    """One door. `handle` is fixed per class; a subclass may put another serializer in `serializer_class`."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (CappedJSONParser,)
    renderer_classes = (JSONRenderer,)
    serializer_class: ClassVar[Any] = NothingSerializer
    handle: ClassVar[Any]

    @method_decorator(sensitive_variables())
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        def read(_: HttpRequest) -> Mapping[str, Any]:
            if self.serializer_class is NothingSerializer:
                return {}
            serializer = self.serializer_class(data=request.data, context={"request": request, "view": self})
            if not serializer.is_valid():
                raise ValidationError({**body(InvalidRequest()), "fields": serializer.errors})
            return {**dict(request.data), **serializer.validated_data}

        found = door.answer(type(self).handle, request._request, read)
        return Response(found.body, status=found.status, headers=dict(found.headers))


class TokenLoginView(DoorView):
    """`POST {username, password}`."""

    serializer_class = LoginSerializer
    handle = staticmethod(login)


class TokenRefreshView(DoorView):
    """`POST {refresh_token}`."""

    serializer_class = RefreshSerializer
    handle = staticmethod(refresh)


class TokenLogoutView(DoorView):
    """`POST {refresh_token}`, or the access token in the header."""

    serializer_class = LogoutSerializer
    handle = staticmethod(logout)


class TokenLogoutEverywhereView(DoorView):
    """`POST`, with an access token."""

    handle = staticmethod(logout_everywhere)
