"""`include("django_bearer.integrations.drf.urls_without_login")`: the same, for a project with a login of its own."""

from __future__ import annotations

from .urls import app_name as app_name
from .urls import urlpatterns as _all

urlpatterns = [route for route in _all if route.name != "login"]
