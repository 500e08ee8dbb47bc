"""Routes of that project."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import include, path


def whoami(request: HttpRequest) -> JsonResponse:
    claims = request.auth.claims  # type: ignore[attr-defined]
    return JsonResponse({"user": request.user.get_username(), "amr": list(claims.amr), "acr": claims.acr})


urlpatterns = [
    path("api/whoami/", whoami),
    path("auth/", include("django_bearer.integrations.allauth.urls")),
    path("token/", include("django_bearer.urls.without_login")),
]
