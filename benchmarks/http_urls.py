"""The routes of `benchmarks.over_http`: the same view once a party, and plain views, synchronous and not."""

from __future__ import annotations

from django.urls import path
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.authentication import TokenAuthentication
from rest_framework_simplejwt.authentication import JWTAuthentication

from django_bearer.integrations.drf import BearerAuthentication

from .views import Open, Table, async_of_nobody, async_of_user, of, plain, plain_of_user

urlpatterns = [
    Table(
        [
            path("none/", Open.as_view()),
            path("bearer/", of(BearerAuthentication)),
            path("simplejwt/", of(JWTAuthentication)),
            path("authtoken/", of(TokenAuthentication)),
            path("knox/", of(KnoxAuthentication)),
            path("plain/none/", plain),
            path("plain/user/", plain_of_user),
            path("async/none/", async_of_nobody),
            path("async/user/", async_of_user),
        ]
    )
]
