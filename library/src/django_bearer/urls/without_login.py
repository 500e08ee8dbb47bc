"""`path("auth/", include("django_bearer.urls.without_login"))`: the same, for a project with a login of its own."""

from __future__ import annotations

from . import app_name as app_name
from . import urlpatterns as _all

urlpatterns = [route for route in _all if route.name != "login"]
