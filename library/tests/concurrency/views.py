"""Views a project might have: they end something and then refuse the request, so that what they wrote rolls back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.exceptions import PermissionDenied as RestPermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import django_bearer
from django_bearer.database import aliases


def end(what: str, request: Any) -> None:
    """Call the public function of that name for the caller."""
    token = request.headers["Authorization"].split()[1]
    targets = {
        "revoke_session": request.auth.session_id,
        "revoke_user": request.user,
        "revoke_token": token,
        "revoke_key": request.headers.get("X-Key", ""),
    }
    function = getattr(django_bearer, what)
    function(targets[what]) if what in targets else function()


def refuse(request: HttpRequest, what: str) -> HttpResponse:
    end(what, request)
    raise PermissionDenied


def broken(request: HttpRequest, what: str) -> HttpResponse:
    """A statement has failed before, so that a transaction, if there is one, takes no more."""
    with suppress(DatabaseError), connections[aliases.sessions_alias()].cursor() as cursor:
        cursor.execute("SELECT no_such_column")
    with suppress(DatabaseError):
        end(what, request)
    raise PermissionDenied


class Rest(APIView):
    def post(self, request: Request, what: str) -> Response:
        end(what, request)
        raise RestPermissionDenied


urlpatterns = [
    path("plain-view/<what>/", refuse),
    path("broken-view/<what>/", broken),
    path("rest-view/<what>/", Rest.as_view()),
    path("", include("tests.urls")),
]
