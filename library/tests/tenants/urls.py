"""The routes of each tenant."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import public
from django_bearer.integrations.django import bearer_required


def notes(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "tenant": connection.schema_name,  # type: ignore[attr-defined]
            "user": request.user.get_username(),
            "auth": request.auth is not None,  # type: ignore[attr-defined]
            "seen": getattr(request, "seen", None),
        }
    )


@public
def shown(request: HttpRequest) -> JsonResponse:
    return notes(request)


class Rest(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.get_username()})


async def slow(request: HttpRequest) -> JsonResponse:
    user = await request.auser()
    return JsonResponse({"user": user.get_username()})


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("notes/", notes),
    path("plain/", bearer_required(notes)),
    path("rest/", Rest.as_view()),
    path("shown/", shown),
    path("slow/", slow),
]
