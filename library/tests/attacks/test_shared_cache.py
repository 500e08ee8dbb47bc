"""A page made for the holder of a token is nobody else's, whatever Django caches (RFC 9111 section 3.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.views.decorators.cache import cache_page

from django_bearer import issue_session
from django_bearer.integrations.django import bearer_required

SITE_WIDE = ("django.middleware.cache.UpdateCacheMiddleware", "django.middleware.cache.FetchFromCacheMiddleware")


def secret_of(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"for {request.user}")


urlpatterns = [
    path("", include("tests.urls")),
    path("cached/", cache_page(60)(bearer_required(secret_of))),
]


@pytest.fixture(autouse=True)
def empty_cache(settings: Any) -> Iterator[None]:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.ROOT_URLCONF = "tests.attacks.test_shared_cache"
    cache.clear()
    yield
    cache.clear()


def bearer(user: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_session(user).access_token}"}


@pytest.mark.parametrize("place", [0, 1], ids=["cache above", "cache below"])
def test_site_wide_cache_keeps_no_answer_to_a_token(place: int, ann: Any, settings: Any) -> None:
    middleware = list(settings.MIDDLEWARE)
    middleware.insert(place, SITE_WIDE[0])
    settings.MIDDLEWARE = [*middleware, SITE_WIDE[1]]
    assert Client().get("/web/", headers=bearer(ann)).status_code == 200
    assert Client().get("/web/").status_code == 302


def test_cached_view_answers_each_token_by_itself(ann: Any, django_user_model: Any) -> None:
    bob = django_user_model.objects.create_user("bob")
    assert Client().get("/cached/", headers=bearer(ann)).content == b"for ann@example.com"
    assert Client().get("/cached/", headers=bearer(bob)).content == b"for bob"
    assert Client().get("/cached/").status_code == 401
