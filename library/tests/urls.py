"""Routes of the test project: our endpoints, and one view of every kind a project has."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import public
from django_bearer.integrations.django import bearer_required
from django_bearer.integrations.drf import scope_required


@public
def who(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"user": str(request.user), "auth": request.auth is not None})


@bearer_required
def plain(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"user": str(request.user), "session": str(request.auth.session_id)})


@bearer_required(scopes=["notes:write"])
def plain_scope(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"user": str(request.user)})


BILLING = "https://billing.example.com/"


@bearer_required(audience=BILLING)
def billing(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"user": str(request.user)})


@public
def billing_who(request: HttpRequest) -> HttpResponse:
    return who(request)


billing_who.required_audience = BILLING  # type: ignore[attr-defined]


@public
@login_required
def web(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"user": str(request.user)})


class Drf(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user), "session": str(getattr(request.auth, "session_id", ""))})

    post = get


class DrfBilling(Drf):
    required_audience = BILLING


@public
class DrfOpen(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user)})


class DrfScope(APIView):
    permission_classes = (scope_required("notes:write"),)

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user)})


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("drf-auth/", include("django_bearer.integrations.drf.urls", namespace="drf")),
    path(".well-known/", include("django_bearer.urls.well_known")),
    path("who/", who),
    path("plain/", plain),
    path("plain-scope/", plain_scope),
    path("billing/", billing),
    path("billing-who/", billing_who),
    path("drf-billing/", DrfBilling.as_view()),
    path("web/", web),
    path("drf/", Drf.as_view()),
    path("drf-open/", DrfOpen.as_view()),
    path("drf-scope/", DrfScope.as_view()),
]
