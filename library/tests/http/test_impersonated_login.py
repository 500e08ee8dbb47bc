"""Django's `login()` in a view: whoever acts for a user gets no session of Django's."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import auth
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session as DjangoSession
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import authenticate_token, impersonate, issue_session
from tests.conftest import PASSWORD

BACKEND = "django.contrib.auth.backends.ModelBackend"


def plain(request: HttpRequest) -> JsonResponse:
    auth.login(request, request.user, backend=BACKEND)  # type: ignore[arg-type]
    return JsonResponse({})


async def asynchronous(request: HttpRequest) -> JsonResponse:
    await auth.alogin(request, await request.auser(), backend=BACKEND)  # type: ignore[arg-type]
    return JsonResponse({})


@api_view(["POST"])
def rest(request: Request) -> Response:
    auth.login(request, request.user, backend=BACKEND)  # type: ignore[arg-type]
    return Response({})


urlpatterns = [path("plain/", plain), path("async/", asynchronous), path("rest/", rest)]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def acting(db: Any, ann: Any, settings: Any, django_user_model: Any) -> dict[str, str]:
    settings.BEARER = {**settings.BEARER, "IMPERSONATION_LIFETIME": 600}
    staff = django_user_model.objects.create_user("staff", password=PASSWORD, is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="impersonate_user"))
    principal = authenticate_token(issue_session(staff).access_token)
    return {"Authorization": f"Bearer {impersonate(principal, ann).access_token}"}


@pytest.mark.parametrize("where", ["/plain/", "/async/", "/rest/"])
def test_whoever_acts_gets_no_session_of_django(where: str, acting: dict[str, str]) -> None:
    client = Client()
    found = client.post(where, headers=acting)
    assert (found.status_code, found.json()["code"]) == (403, "impersonated")
    assert "sessionid" not in client.cookies or not client.cookies["sessionid"].value
    assert not DjangoSession.objects.exists()


@pytest.mark.urls("tests.urls")
def test_our_login_is_refused_too(acting: dict[str, str], ann: Any) -> None:
    body = {"username": ann.get_username(), "password": PASSWORD}
    found = Client().post("/auth/login/", body, content_type="application/json", headers=acting)
    assert (found.status_code, found.json()["code"]) == (403, "impersonated")


@pytest.mark.parametrize("where", ["/plain/", "/async/", "/rest/"])
def test_the_user_gets_one(where: str, ann: Any) -> None:
    own = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
    assert Client().post(where, headers=own).status_code == 200
    assert DjangoSession.objects.count() == 1
