"""Views that use the user of a request in feed mode in different ways."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import public
from django_bearer.integrations.django import bearer_required, check_revocation_in_database
from django_bearer.models import Session


def key(request: HttpRequest) -> HttpResponse:
    """Only the key is used: of the user, of its sessions, and in a comparison."""
    user: Any = request.user
    same = user == get_user_model()(pk=user.pk) and isinstance(user, get_user_model()) and bool(user)
    return JsonResponse({"key": str(user.pk), "same": same, "known": user.is_authenticated and not user.is_anonymous})


def name(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"name": request.user.get_username()})


def swallowed(request: HttpRequest) -> HttpResponse:
    """A view that makes the best of every exception."""
    try:
        return name(request)
    except Exception:
        return JsonResponse({"name": "nobody"})


def rows(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"sessions": Session.objects.filter(user=request.user).count()})


@check_revocation_in_database
def pay(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"key": str(request.user.pk), "auth": request.auth is not None})


@public
@check_revocation_in_database
def pay_public(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"auth": request.auth is not None})


@check_revocation_in_database
async def pay_async(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    return JsonResponse({"name": user.get_username()})


async def name_async(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    return JsonResponse({"name": user.get_username(), "key": str(request.user.pk)})


class Rest(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"key": str(request.user.pk)})


class RestName(Rest):
    def get(self, request: Request) -> Response:
        return Response({"name": request.user.get_username()})


@method_decorator(check_revocation_in_database, name="dispatch")
class RestPay(Rest):
    required_audience = "https://billing.example.com/"


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("key/", key),
    path("name/", name),
    path("swallowed/", swallowed),
    path("rows/", rows),
    path("pay/", pay),
    path("pay-public/", pay_public),
    path("pay-async/", pay_async),
    path("name-async/", name_async),
    path("required/", bearer_required(scopes=["notes:read"])(key)),
    path("rest/", Rest.as_view()),
    path("rest-name/", RestName.as_view()),
    path("rest-pay/", RestPay.as_view()),
]
