"""The views that every party answers by, and a list of routes in which no place is dearer than another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import JsonResponse
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern, ResolverMatch
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer.integrations.django import bearer_required


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


def of(authentication: Any, view: Any = View) -> Any:
    return view.as_view(authentication_classes=(authentication,))


def plain(request: Any) -> JsonResponse:
    return JsonResponse({"user": "ann", "staff": False})


@bearer_required
def plain_of_user(request: Any) -> JsonResponse:
    return JsonResponse({"user": request.user.get_username()})


async def async_of_nobody(request: Any) -> JsonResponse:
    return JsonResponse({"user": "ann"})


@bearer_required
async def async_of_user(request: Any) -> JsonResponse:
    return JsonResponse({"user": (await request.auser()).get_username()})


class Table(URLResolver):
    """Finds each route at once. Django tries one after the other, so a route further down would cost more."""

    def __init__(self, routes: Sequence[URLPattern | URLResolver]) -> None:
        super().__init__(RegexPattern(""), routes)
        self._by_path = {str(route.pattern): route for route in routes}

    def resolve(self, path: str) -> ResolverMatch:
        found = self._by_path.get(path) or self._by_path.get(path.partition("/")[0] + "/")
        return super().resolve(path) if found is None else found.resolve(path)
