"""`path("auth/", include("django_bearer.adapters.drf.urls"))`: the same paths, as REST framework views."""

from __future__ import annotations

from django.urls import path

from .views import TokenLoginView, TokenLogoutEverywhereView, TokenLogoutView, TokenRefreshView

app_name = "django_bearer"
urlpatterns = [
    path("login/", TokenLoginView.as_view(), name="login"),
    path("refresh/", TokenRefreshView.as_view(), name="refresh"),
    path("logout/", TokenLogoutView.as_view(), name="logout"),
    path("logout-everywhere/", TokenLogoutEverywhereView.as_view(), name="logout-everywhere"),
]
