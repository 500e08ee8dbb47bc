"""Django's own forms that ask for the current password count the attempts at it, as every login does."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import PasswordChangeView
from django.db import connections
from django.test import Client
from django.urls import include, path
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import count_login_attempt, issue_session
from django_bearer.http import password_change
from django_bearer.models import RateLimitCounter, SecurityEventRecord
from tests import databases
from tests.conftest import PASSWORD

pytestmark = [
    pytest.mark.urls(__name__),
    pytest.mark.skipif(
        get_user_model().__name__ != "User" or get_user_model().__module__ != "django.contrib.auth.models",
        reason="the admin and names of this project's own user model",
    ),
]
SERVERS = [one for one in databases.EVERY if one.values[0] != "default"]
WRONG, TOO_MANY = b"Your old password was entered incorrectly", b"Too many attempts"
NEW = "a new one, and long enough"
LIMITS = {"account": "5/day", "address": "100/minute", "network": "100/minute"}
PAGES = ["/account/password/", "/admin/password_change/"]


class CurrentPassword(serializers.Serializer[Any]):
    """As the guide says for code that compares a password itself."""

    password = serializers.CharField()

    def validate_password(self, value: str) -> str:
        request = self.context["request"]
        attempt = count_login_attempt(request.user.get_username(), request=request)
        if not request.user.check_password(value):
            attempt.failed()
            raise serializers.ValidationError("wrong")
        attempt.succeeded(request.user)
        return value


class Sudo(APIView):
    def post(self, request: Any) -> Response:
        CurrentPassword(data=request.data, context={"request": request}).is_valid(raise_exception=True)
        return Response({})


urlpatterns = [
    path("", include("tests.admin.urls")),
    path("auth/", include("django_bearer.urls")),
    path(
        "account/password/",
        PasswordChangeView.as_view(template_name="registration/password_change_form.html", success_url="/"),
    ),
    path("sudo/", Sudo.as_view()),
]


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": LIMITS}


@pytest.fixture
def client(db: Any) -> Client:
    user = get_user_model().objects.create_superuser("root", password=PASSWORD)
    client = Client()
    client.force_login(user)
    return client


def change(client: Client, old: str, page: str = PAGES[0]) -> Any:
    body = {"old_password": old, "new_password1": NEW, "new_password2": NEW}
    return client.post(page, body, secure=True)


@pytest.mark.parametrize("page", PAGES)
def test_guesses_at_the_current_password_are_counted(page: str, client: Client) -> None:
    found = [change(client, "wrong", page).content for _ in range(7)]
    assert [WRONG in one for one in found] == [True] * 5 + [False] * 2
    assert [TOO_MANY in one for one in found] == [False] * 5 + [True] * 2
    assert TOO_MANY in change(client, PASSWORD, page).content, "also the right one: nothing is hashed any more"


def test_nothing_is_hashed_once_the_limit_is_reached(client: Client, monkeypatch: Any) -> None:
    for _ in range(5):
        change(client, "wrong")
    hashed: list[str] = []
    monkeypatch.setattr(get_user_model(), "check_password", lambda self, raw: hashed.append(raw))
    change(client, "wrong")
    assert hashed == []


def test_they_share_the_count_of_the_logins(client: Client) -> None:
    for _ in range(5):
        change(client, "wrong")
    body = {"username": "root", "password": PASSWORD}
    assert Client().post("/auth/login/", body, content_type="application/json").status_code == 429


def test_the_right_password_changes_it_and_forgives(client: Client) -> None:
    for _ in range(4):
        change(client, "wrong")
    assert change(client, PASSWORD).status_code == 302
    for _ in range(4):
        assert WRONG in change(client, "wrong").content
    assert change(client, NEW).status_code == 302
    assert get_user_model().objects.get(username="root").check_password(NEW)


def test_a_failure_is_an_event(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        change(client, "wrong")
    assert SecurityEventRecord.objects.filter(kind="authn_login_fail").exists()


@pytest.mark.parametrize("database", SERVERS, indirect=True)
def test_a_rollback_takes_no_attempt_back(database: str, monkeypatch: Any) -> None:
    user = get_user_model().objects.create_user("root", password=PASSWORD)
    client = Client()
    client.force_login(user)
    monkeypatch.setitem(connections[database].settings_dict, "ATOMIC_REQUESTS", True)
    found = [change(client, "wrong").content for _ in range(7)]
    assert [TOO_MANY in one for one in found] == [False] * 5 + [True] * 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", PAGES)
def test_under_atomic_requests_on_sqlite(page: str, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)
    assert WRONG in change(client, "wrong", page).content
    assert change(client, PASSWORD, page).status_code == 302


def test_a_form_that_asks_for_no_current_password_counts_nothing(db: Any) -> None:
    user = get_user_model().objects.create_user("bob")
    assert SetPasswordForm(user, {"new_password1": NEW, "new_password2": NEW}).is_valid()
    assert not RateLimitCounter.objects.exists()


def test_it_is_put_in_place_once() -> None:
    before = PasswordChangeForm.clean_old_password
    password_change.connect()
    assert PasswordChangeForm.clean_old_password is before


def test_code_that_compares_it_itself_counts_as_the_guide_says(client: Client) -> None:
    user = get_user_model().objects.get(username="root")
    headers = {"Authorization": f"Bearer {issue_session(user).access_token}"}

    def ask(password: str) -> int:
        return int(Client().post("/sudo/", {"password": password}, headers=headers).status_code)

    assert [ask("wrong") for _ in range(7)] == [400] * 5 + [429] * 2
    assert TOO_MANY in change(client, "wrong").content
