"""The same view once a party, and the endpoints of each."""

from __future__ import annotations

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import JWTTokenAuthentication, XSessionTokenAuthentication
from django.urls import include, path
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.views import LoginView as KnoxLoginView
from knox.views import LogoutView as KnoxLogoutView
from ninja import NinjaAPI
from ninja_jwt.authentication import JWTAuth
from ninja_jwt.routers.blacklist import blacklist_router
from ninja_jwt.routers.obtain import obtain_pair_router
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.authentication import BaseAuthentication, BasicAuthentication, TokenAuthentication
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.authentication import JWTAuthentication, JWTStatelessUserAuthentication
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView, TokenRefreshView

from django_bearer import public
from django_bearer.integrations.drf import BearerAuthentication

from . import limit
from .views import Open, Table, View, async_of_nobody, async_of_user, of, plain, plain_of_user


class Anonymous(View):
    """Needs no name of a user, only that somebody was authenticated."""

    def get(self, request: Request) -> Response:
        return Response({"user": "ann", "staff": request.user is None})


class Refusing(BaseAuthentication):
    """REST framework's own 401, which costs what a refusal costs at least."""

    def authenticate(self, request: Request) -> Any:
        raise AuthenticationFailed

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class KnoxLogin(KnoxLoginView):
    """knox leaves the password to another authentication class."""

    authentication_classes = (BasicAuthentication,)


ninja = NinjaAPI(urls_namespace="ninja", docs_url=None)
ninja.add_router("/token", obtain_pair_router)
ninja.add_router("/token", blacklist_router)


@ninja.get("/none")
def ninja_open(request: Any) -> Any:
    return {"user": "ann", "staff": False}


@ninja.get("/jwt", auth=JWTAuth())
def ninja_closed(request: Any) -> Any:
    return {"user": request.user.get_username(), "staff": request.user.is_staff}


@ninja.post("/none")
def ninja_post(request: Any) -> Any:
    return {"access": "x" * 600, "refresh": "x" * 200}


routes = [
    path("plain/user/", plain_of_user),
    path("async/none/", async_of_nobody),
    path("async/user/", async_of_user),
    path("none/", Open.as_view()),
    path("refusing/", of(Refusing)),
    path("limit/statement/", of(limit.OneStatement)),
    path("bearer/anonymous/", of(BearerAuthentication, Anonymous)),
    path("limit/dictionary/", of(limit.OneDictionary, Anonymous)),
    path("limit/signature/", of(limit.OneSignature, Anonymous)),
    path("bearer/", of(BearerAuthentication)),
    path("simplejwt/", of(JWTAuthentication)),
    path("simplejwt/stateless/", of(JWTStatelessUserAuthentication, Anonymous)),
    path("authtoken/", of(TokenAuthentication)),
    path("knox/", of(KnoxAuthentication)),
    path("oauth/", of(OAuth2Authentication)),
    path("allauth/jwt/", of(JWTTokenAuthentication)),
    path("allauth/session/", of(XSessionTokenAuthentication)),
    path("public/", public(Open.as_view())),
    path("plain/none/", plain),
    path("plain/public/", public(lambda request: plain(request))),
    path("simplejwt/login/", TokenObtainPairView.as_view()),
    path("simplejwt/logout/", TokenBlacklistView.as_view()),
    path("simplejwt/refresh/", TokenRefreshView.as_view()),
    path("authtoken/login/", obtain_auth_token),
    path("knox/login/", KnoxLogin.as_view()),
    path("knox/logout/", KnoxLogoutView.as_view()),
    path("auth/", include("django_bearer.integrations.drf.urls")),
    path("django/", include("django_bearer.urls", namespace="plain")),
    path("ninja/", ninja.urls),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
]
urlpatterns = [Table(routes)]
