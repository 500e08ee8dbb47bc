"""Routes of the project that bear the admin's name, and are none of its pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path


def accounts(request: HttpRequest) -> HttpResponse:
    return HttpResponse("an API for whoever administers accounts")


app_name = "admin"
urlpatterns: list[Any] = [path("accounts/", accounts)]
