"""Routes of that project."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path

from tests.projects.through_allauth.settings import GUIDE
from tools.support.new_project import blocks


def whoami(request: HttpRequest) -> JsonResponse:
    claims = request.auth.claims  # type: ignore[attr-defined]
    return JsonResponse({"user": request.user.get_username(), "amr": list(claims.amr), "acr": claims.acr})


urlpatterns = [path("api/whoami/", whoami)]
[_printed] = [block.code for block in blocks(GUIDE) if block.code.startswith("from django.urls")]
exec(_printed, {"urlpatterns": urlpatterns})
