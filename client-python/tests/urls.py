"""Routes of the project that the client logs in to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from django_bearer import public


@csrf_exempt
def me(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"me": request.user.get_username(), "body": request.body.decode()})


def elsewhere(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(request.GET["to"])


@public
def open_to_all(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"authorization": request.headers.get("Authorization", "")})


def notes(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"owner": request.user.get_username()})


urlpatterns = [
    path("notes/", notes),
    path("auth/", include("django_bearer.urls")),
    path("me/", me),
    path("elsewhere/", elsewhere),
    path("open/", open_to_all),
]
