"""`path("auth/", include("django_bearer.urls"))`: login, refresh, logout and logout everywhere."""

from __future__ import annotations

from django.urls import path

from ..endpoints.login import login_view
from ..endpoints.logout import logout_everywhere_view, logout_view
from ..endpoints.refresh import refresh_view

app_name = "django_bearer"
urlpatterns = [
    path("login/", login_view, name="login"),
    path("refresh/", refresh_view, name="refresh"),
    path("logout/", logout_view, name="logout"),
    path("logout-everywhere/", logout_everywhere_view, name="logout-everywhere"),
]
