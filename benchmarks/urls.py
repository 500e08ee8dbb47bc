"""The same view once a party, and the refresh endpoints."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView, TokenRefreshView

from django_bearer import public
from django_bearer.integrations.drf import BearerAuthentication


class View(APIView):
    """Answers with the user's name, so that the user really is loaded."""

    authentication_classes: Any = ()
    permission_classes: Any = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.get_username(), "staff": request.user.is_staff})


class Open(View):
    """The same without authentication; POST answers a body as long as a refresh's."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response({"user": "ann", "staff": False})

    def post(self, request: Request) -> Response:
        return Response({"access": "x" * 600, "refresh": str(request.data["refresh"])})


def of(authentication: Any) -> Any:
    return View.as_view(authentication_classes=(authentication,))


urlpatterns = [
    path("none/", Open.as_view()),
    path("bearer/", of(BearerAuthentication)),
    path("simplejwt/", of(JWTAuthentication)),
    path("authtoken/", of(TokenAuthentication)),
    path("public/", public(Open.as_view())),
    path("simplejwt/login/", TokenObtainPairView.as_view()),
    path("simplejwt/logout/", TokenBlacklistView.as_view()),
    path("simplejwt/refresh/", TokenRefreshView.as_view()),
    path("auth/", include("django_bearer.integrations.drf.urls")),
    path("plain/", include("django_bearer.urls", namespace="plain")),
]
