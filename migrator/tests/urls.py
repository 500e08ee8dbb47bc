"""Routes of the project: a closed view, one that asks for a scope, the admin, our endpoints and the old ones."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer.integrations.django import bearer_required


def notes(request: HttpRequest) -> HttpResponse:
    legacy = request.auth.legacy if request.auth is not None else None  # type: ignore[attr-defined]
    return JsonResponse({"user": request.user.get_username(), "legacy": legacy.source if legacy else None})


@bearer_required(scopes=["notes:write"])
def write(request: HttpRequest) -> HttpResponse:
    return JsonResponse({})


class Drf(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.get_username()})


urlpatterns = [
    path("notes/", notes),
    path("write/", write),
    path("drf/", Drf.as_view()),
    path("admin/", admin.site.urls),
    path("auth/", include("django_bearer.urls")),
    path("api/", include("django_bearer_migrate.compat.simplejwt")),
    path("knox/", include("django_bearer_migrate.compat.knox")),
    path("o/", include("django_bearer_migrate.compat.oauth2")),
    path("dj/", include("django_bearer_migrate.compat.dj_rest_auth")),
    path("djoser/", include("django_bearer_migrate.compat.djoser")),
    path("authtoken/", include("django_bearer_migrate.compat.authtoken")),
]
