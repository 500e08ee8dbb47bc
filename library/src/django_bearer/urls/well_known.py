"""`path(".well-known/", include("django_bearer.urls.well_known"))`: public keys and metadata."""

from __future__ import annotations

from django.urls import path

from ..endpoints.jwks import jwks_view
from ..endpoints.metadata import metadata_view

app_name = "django_bearer_well_known"
urlpatterns = [
    path("jwks.json", jwks_view, name="jwks"),
    path("oauth-authorization-server", metadata_view, name="metadata"),
]
