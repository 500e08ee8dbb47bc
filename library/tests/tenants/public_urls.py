"""The routes of the host that is no tenant's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

urlpatterns = [path("notes/", lambda request: HttpResponse(b"nobody's"))]


def welcome(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"welcome")
