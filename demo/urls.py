"""The demo's routes."""

from __future__ import annotations

from django.urls import include, path

from demo.front import views as front
from demo.notes import views

urlpatterns = [
    path("", front.page),
    path("page/page.css", front.style),
    path("page/<str:name>", front.script),
    path("elsewhere/", front.elsewhere),
    path("auth/", include("django_bearer.urls")),
    path(".well-known/", include("django_bearer.urls.well_known")),
    path("status/", views.status),
    path("whoami/", views.whoami),
    path("invoices/", views.invoices),
    path("notes/", views.Notes.as_view()),
]
