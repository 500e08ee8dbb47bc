"""Every way to try a password is counted: the admin's page, a project's own view, HTTP Basic, async, no request."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib import auth
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.views import LoginView
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path
from rest_framework.authentication import BasicAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import count_login_attempt, events, public
from django_bearer.checks import logins
from django_bearer.errors import RateLimited
from django_bearer.http import cookies, limited_authenticate
from django_bearer.http.limited_authenticate import names
from django_bearer.http.login_limits import LoginThrottled
from tests import databases
from tests.conftest import PASSWORD

pytestmark = pytest.mark.skipif(
    get_user_model().__name__ != "User" or get_user_model().__module__ != "django.contrib.auth.models",
    reason="the admin and names of this project's own user model",
)
PLEASE = b"Please enter the correct"
SERVERS = [one for one in databases.EVERY if one.values[0] != "default"]
TOO_MANY = b"Too many attempts"


@public
def own_view(request: HttpRequest) -> HttpResponse:
    user = authenticate(request, username=request.POST["name"], password=request.POST["password"])
    return HttpResponse(status=401 if user is None else 200)


@public
class Basic(APIView):
    authentication_classes = (BasicAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user)})


@public
def sign_up(request: HttpRequest) -> HttpResponse:
    user = get_user_model().objects.create_user(request.POST["name"])
    auth.login(request, user)
    return HttpResponse(str(request.user))


urlpatterns = [
    path("", include("tests.admin.urls")),
    path("auth/", include("django_bearer.urls")),
    path("own/", own_view),
    path("pages/login/", public(LoginView.as_view(template_name="admin/login.html"))),
    path("basic/", Basic.as_view()),
    path("sign-up/", sign_up),
]


@pytest.fixture(autouse=True)
def _routes() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def staff(ann: Any) -> Any:
    ann.is_staff = ann.is_superuser = True
    ann.save()
    return ann


def at_admin(password: str, name: str = "ann@example.com", client: Client | None = None, **extra: Any) -> Any:
    body = {"username": name, "password": password}
    return (client or Client()).post("/admin/login/", body, secure=True, **extra)


def at_own(password: str, name: str = "ann@example.com", **extra: Any) -> int:
    return int(Client().post("/own/", {"name": name, "password": password}, **extra).status_code)


def by_basic(password: str, name: str = "ann@example.com") -> int:
    text = base64.b64encode(f"{name}:{password}".encode()).decode()
    return int(Client().get("/basic/", headers={"Authorization": f"Basic {text}"}).status_code)


def at_login(password: str, **extra: Any) -> Any:
    body = {"username": "ann@example.com", "password": password}
    return Client().post("/auth/login/", body, content_type="application/json", **extra)


def test_the_admins_page_looks_at_ten_passwords_and_then_says_so(staff: Any) -> None:
    pages = [at_admin(f"guess {n}") for n in range(12)]
    assert [PLEASE in page.content for page in pages] == [True] * 10 + [False] * 2
    assert [page.status_code for page in pages] == [200] * 12
    assert TOO_MANY in pages[-1].content
    assert TOO_MANY in at_admin(PASSWORD).content


def test_unknown_accounts_are_answered_as_known_ones(staff: Any) -> None:
    known = [at_admin("wrong").content for _ in range(12)]
    unknown = [at_admin("wrong", "nobody").content for _ in range(12)]

    def kinds(pages: list[bytes]) -> list[tuple[bool, bool]]:
        return [(PLEASE in page, TOO_MANY in page) for page in pages]

    assert kinds(known) == kinds(unknown)


def test_nothing_is_hashed_once_the_limit_is_reached(staff: Any, monkeypatch: Any) -> None:
    for _ in range(10):
        at_admin("wrong")
    monkeypatch.setattr(ModelBackend, "authenticate", lambda *_, **__: pytest.fail("a password was looked at"))
    assert TOO_MANY in at_admin(PASSWORD).content


def test_all_ways_share_one_count(staff: Any) -> None:
    assert [at_own("wrong") for _ in range(3)] == [401] * 3
    assert [by_basic("wrong") for _ in range(3)] == [401] * 3
    assert all(PLEASE in at_admin("wrong").content for _ in range(2))
    assert [at_login("wrong").status_code for _ in range(3)] == [401, 401, 429]
    assert (at_own("wrong"), by_basic("wrong")) == (429, 429)


def test_our_own_login_is_counted_once(ann: Any) -> None:
    assert [at_login("wrong").status_code for _ in range(11)] == [401] * 10 + [429]


def test_a_view_that_does_not_catch_it_answers_as_it_asks(ann: Any) -> None:
    for _ in range(10):
        at_own("wrong")
    found = Client().post("/own/", {"name": "ann@example.com", "password": PASSWORD})
    assert (found.status_code, found.json()["code"]) == (429, "throttled")
    assert int(found["Retry-After"]) > 0
    assert "bucket" not in found.content.decode()


@pytest.mark.parametrize("way", [at_own, by_basic])
def test_who_is_right_every_time_is_never_limited(way: Any, ann: Any) -> None:
    assert [way(PASSWORD) for _ in range(25)] == [200] * 25


def test_an_address_that_is_right_may_ask_as_often_as_it_likes(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"address": "5/minute", "network": "5/minute"}}
    assert [by_basic(PASSWORD) for _ in range(8)] == [200] * 8
    assert [at_own("wrong", f"user{n}") for n in range(6)] == [401] * 5 + [429]
    assert by_basic(PASSWORD) == 429


def test_a_success_takes_back_its_own_failures(ann: Any) -> None:
    for _ in range(3):
        assert [at_own("wrong") for _ in range(9)] == [401] * 9
        assert at_own(PASSWORD) == 200


def test_without_a_request_the_account_counts(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": "3/day"}}
    client = Client()
    for _ in range(5):
        assert client.login(username="ann@example.com", password=PASSWORD)
    for _ in range(3):
        assert not client.login(username="ann@example.com", password="wrong")
    with pytest.raises(LoginThrottled) as raised:
        client.login(username="ann@example.com", password=PASSWORD)
    assert raised.value.retry_after > 0
    assert client.login(username="nobody", password="x") is False


def test_async_code_is_counted_and_forgiven(transactional_db: None, ann: Any) -> None:
    request = RequestFactory().post("/")

    def ask(password: str) -> Any:
        return async_to_sync(aauthenticate)(request, username="ann@example.com", password=password)

    assert [ask(PASSWORD) for _ in range(12)] == [ann] * 12
    assert [ask("wrong") for _ in range(10)] == [None] * 10
    with pytest.raises(LoginThrottled):
        ask(PASSWORD)


class Broken(ModelBackend):
    """Fails after another backend has compared the password, as LDAP does when it cannot be reached."""

    def authenticate(self, request: Any, username: Any = None, password: Any = None, **_: Any) -> Any:
        raise ConnectionError


class Denied(ModelBackend):
    def authenticate(self, request: Any, username: Any = None, password: Any = None, **_: Any) -> Any:
        raise auth.PermissionDenied


OWN = f"{__name__}."
MODEL = "django.contrib.auth.backends.ModelBackend"


def test_a_backend_that_fails_is_no_success(ann: Any, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = [MODEL, OWN + "Broken"]
    outcomes = []
    for _ in range(12):
        try:
            outcomes.append(authenticate(RequestFactory().post("/"), username="ann@example.com", password="wrong"))
        except (ConnectionError, LoginThrottled) as error:
            outcomes.append(type(error))
    assert outcomes == [ConnectionError] * 10 + [LoginThrottled] * 2


def test_several_backends_count_one_attempt_once(ann: Any, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = [MODEL, OWN + "Denied"]
    assert [at_own("wrong") for _ in range(11)] == [401] * 10 + [429]


def test_a_project_with_one_backend_need_not_name_it(db: None) -> None:
    assert Client().post("/sign-up/", {"name": "new"}).content == b"new"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ["/admin/login/", "/pages/login/"])
def test_django_login_pages_count_under_atomic_requests_on_sqlite(page: str, staff: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)
    body = {"username": staff.username, "password": "wrong"}
    pages = [Client().post(page, body, secure=True) for _ in range(11)]
    assert {found.status_code for found in pages} == {200}
    assert [TOO_MANY in found.content for found in pages] == [False] * 10 + [True]


@pytest.mark.parametrize("database", SERVERS, indirect=True)
def test_a_rollback_takes_no_attempt_back(database: str, monkeypatch: Any) -> None:
    """A view whose transaction rolls back, as REST framework's does at a 401 (ATOMIC_REQUESTS)."""
    get_user_model().objects.create_user("ann@example.com", password=PASSWORD)
    monkeypatch.setitem(connections[database].settings_dict, "ATOMIC_REQUESTS", True)
    assert [by_basic("wrong") for _ in range(12)] == [401] * 10 + [429] * 2
    assert [at_own("wrong", "other") for _ in range(12)] == [401] * 10 + [429] * 2


def test_what_is_no_password_is_not_counted(ann: Any, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.RemoteUserBackend"]
    request = RequestFactory().post("/")
    assert all(authenticate(request, remote_user="ann@example.com") for _ in range(15))


def test_the_owner_of_one_account_buys_no_guesses_at_another(ann: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user("mallory", password="own")
    request = RequestFactory().post("/")

    def ask(name: str, other: str, password: str) -> Any:
        return authenticate(request, username=name, email=other, password=password)

    for n in range(10):
        assert ask("mallory", "ann@example.com", "own") is not None, n
    with pytest.raises(LoginThrottled):
        ask("mallory", "ann@example.com", "own")
    with pytest.raises(LoginThrottled):
        authenticate(request, username="ann@example.com", password="a guess")


def test_a_known_browser_gets_into_the_admin_whatever_others_do(staff: Any) -> None:
    browser = Client()
    assert at_admin(PASSWORD, client=browser).status_code == 302
    morsel = browser.cookies[cookies.DEVICE]
    assert (bool(morsel["secure"]), bool(morsel["httponly"]), morsel["samesite"]) == (True, True, "Strict")
    del browser.cookies["sessionid"]
    for n in range(11):
        for _ in range(10):
            at_admin("wrong", REMOTE_ADDR=f"198.51.100.{n}")
    assert TOO_MANY in at_admin(PASSWORD, REMOTE_ADDR="203.0.113.9").content
    assert at_admin(PASSWORD, client=browser, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_nobody_is_made_known_without_a_login(staff: Any) -> None:
    for found in (at_admin("wrong"), Client().post("/own/", {"name": staff.username, "password": PASSWORD})):
        assert cookies.DEVICE not in found.cookies


def test_failures_are_published_once(staff: Any, caplog: Any) -> None:
    events_of: list[Any] = []

    def hear(event: Any, **_: Any) -> None:
        events_of.append(event)

    events.security_event.connect(hear, sender=events.EventKind.LOGIN_FAILED)
    try:
        at_admin("wrong")
        at_login("wrong")
    finally:
        events.security_event.disconnect(hear, sender=events.EventKind.LOGIN_FAILED)
    assert [event.details["account"] for event in events_of] == [events_of[0].details["account"]] * 2
    assert "wrong" not in caplog.text


def test_code_that_checks_passwords_itself(ann: Any, rf: Any) -> None:
    request = rf.post("/")
    for _ in range(10):
        count_login_attempt("ann@example.com", request=request).failed()
    with pytest.raises(RateLimited):
        count_login_attempt("ann@example.com", request=request)
    assert at_own(PASSWORD) == 429
    other = rf.post("/", REMOTE_ADDR="203.0.113.5")
    for _ in range(20):
        count_login_attempt("ann@example.com", request=other).succeeded(ann)


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        ({"username": "ann", "password": "x"}, ("ann",)),
        ({"email": "a@b", "username": "ann", "password": "x"}, ("ann", "a@b")),
        ({"username": None, "email": "a@b", "password": "x"}, ("a@b",)),
        ({"phone": "1", "tenant": "acme", "password": "x"}, ("phone=1|tenant=acme",)),
        ({"password": "x"}, ("",)),
        ({"username": "\ud800", "password": "x"}, ("?",)),
        ({"username": "x" * 999, "password": "x"}, ("x" * 320,)),
    ],
)
def test_names_among_credentials(credentials: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert names(credentials) == expected


def test_a_check_says_when_the_limit_was_replaced(monkeypatch: Any) -> None:
    assert logins.check_authenticate(None) == []
    monkeypatch.setattr(auth, "_get_compatible_backends", lambda *_, **__: iter(()))
    assert [found.id for found in logins.check_authenticate(None)] == ["bearer.E012"]


def test_a_django_without_that_place_is_refused(monkeypatch: Any) -> None:
    monkeypatch.delattr(auth, "_get_compatible_backends")
    with pytest.raises(limited_authenticate.ConfigurationError):
        limited_authenticate.connect()
