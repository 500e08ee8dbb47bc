"""Closed unless public: which routes whoever has no token may enter, and that nothing else opens one (row 8)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, re_path
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIClient
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from django_bearer import issue_session, public
from django_bearer.errors import ConfigurationError
from django_bearer.http import public_routes, public_views
from django_bearer.integrations.drf import IsAuthenticatedUnlessPublic

BAD = {"Authorization": "Bearer bad"}


def forgotten(request: HttpRequest, **_: Any) -> HttpResponse:
    return HttpResponse("secret")


marked = public(lambda request: HttpResponse("open"))
djangos = login_not_required(lambda request: HttpResponse("open"))


@public
class Base(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")


class Derived(Base):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret")


@method_decorator(login_not_required, name="dispatch")
class Stepped(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")


class Anybody(APIView):
    """REST framework lets anybody in, and has set Django's mark on it: it is closed all the same."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response("secret")


@public
class Prices(APIView):
    permission_classes = (IsAuthenticatedUnlessPublic,)

    def get(self, request: Request) -> Response:
        return Response("open")


class Discounts(Prices):
    def get(self, request: Request) -> Response:
        return Response("secret")


class Schema(APIView):
    """Another package's view, which leaves it to the project's default who may enter."""

    permission_classes = (IsAuthenticatedUnlessPublic,)

    def get(self, request: Request) -> Response:
        return Response("schema")


class Articles(ViewSet):
    permission_classes = (IsAuthenticatedUnlessPublic,)

    @public
    def list(self, request: Request) -> Response:
        return Response("open")

    def create(self, request: Request) -> Response:
        return Response("secret")

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response("secret")

    @action(detail=False)
    @public
    def latest(self, request: Request) -> Response:
        return Response("open")


@api_view(["GET"])
@permission_classes([AllowAny])
def function(request: Request) -> Response:
    return Response("secret")


@public
@api_view(["GET"])
@permission_classes([AllowAny])
def open_function(request: Request) -> Response:
    return Response("open")


def hidden(view: Any) -> Any:
    """A decorator that tells nothing of what it wraps."""
    return lambda request: view(request)


@public
def calling(request: HttpRequest) -> HttpResponse:
    return Schema.as_view()(request)


class Latest(APIView):
    permission_classes = (IsAuthenticatedUnlessPublic,)

    @public
    def get(self, request: Request) -> Response:
        return Response("latest")


@public
def calling_public(request: HttpRequest) -> HttpResponse:
    return Latest.as_view()(request)


router = SimpleRouter()
router.register("articles", Articles, basename="article")
urlpatterns = [
    path("forgotten/", forgotten),
    path("marked/", marked),
    path("djangos/", djangos),
    path("base/", Base.as_view()),
    path("derived/", Derived.as_view()),
    path("stepped/", Stepped.as_view()),
    path("anybody/", Anybody.as_view()),
    path("prices/", Prices.as_view()),
    path("discounts/", Discounts.as_view()),
    path("function/", function),
    path("open-function/", open_function),
    path("docs/schema", Schema.as_view()),
    path("calling/", calling),
    path("calling-public/", calling_public),
    path("wrapping/", public(hidden(Schema.as_view()))),
    path("docs/<path:rest>", forgotten),
    path("health", forgotten),
    path("health/deep", forgotten),
    path("auth/", include("django_bearer.urls")),
    path("drf-auth/", include("django_bearer.integrations.drf.urls", namespace="drf")),
    path(".well-known/", include("django_bearer.urls.well_known")),
    path("accounts/", include("django.contrib.auth.urls")),
    *router.urls,
    re_path(r"^all/(?P<rest>.*)$", forgotten),
]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]
OPEN = ["marked/", "djangos/", "base/", "stepped/", "prices/", "open-function/", "articles/", "articles/latest/"]
CLOSED = [
    "forgotten/",
    "derived/",
    "anybody/",
    "discounts/",
    "function/",
    "articles/1/",
    "docs/x",
    "health",
    "all/",
    "docs/schema",
]


@pytest.fixture
def token(ann: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_session(ann).access_token}"}


@pytest.mark.parametrize("route", OPEN)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}])
def test_what_is_marked_is_open(route: str, headers: dict[str, str]) -> None:
    answer = Client().get(f"/{route}", headers=headers)
    assert (answer.status_code, answer.content.strip(b'"')) == (200, b"open")


@pytest.mark.parametrize("route", CLOSED)
@pytest.mark.parametrize("headers", [{}, BAD, {"Authorization": "Token abc"}, {"Authorization": "Basic eDp5"}])
def test_everything_else_is_closed_with_a_challenge(route: str, headers: dict[str, str]) -> None:
    answer = Client().get(f"/{route}", headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == ("invalid_token" if headers == BAD else "not_authenticated")
    assert b"secret" not in answer.content


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options", "trace"])
def test_every_method_is_closed(method: str) -> None:
    assert getattr(Client(), method)("/forgotten/").status_code == 401


def test_a_mark_on_a_method_opens_that_method_only() -> None:
    client = Client()
    assert client.get("/articles/").status_code == client.head("/articles/").status_code == 200
    assert client.post("/articles/").status_code == 401


@pytest.mark.parametrize("route", CLOSED)
def test_a_token_opens_every_route(route: str, token: dict[str, str]) -> None:
    assert Client().get(f"/{route}", headers=token).status_code == 200


@pytest.mark.parametrize("route", ["forgotten/", "derived/"])
def test_a_login_of_another_kind_opens_it_too(route: str, ann: Any) -> None:
    client = Client()
    client.force_login(ann)
    assert client.get(f"/{route}").status_code == 200
    assert client.get(f"/{route}", headers=BAD).status_code == 401, "a refused token never falls back to it"


def test_forced_authentication_of_a_test_goes_in(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = APIClient()
    client.force_authenticate(ann)
    assert client.get("/anybody/").status_code == 200
    monkeypatch.setattr("django_bearer.conf.under_test_runner", lambda: False)
    assert client.get("/anybody/").status_code == 401


def test_endpoints_and_djangos_login_pages_are_open(settings: Any) -> None:
    client = Client()
    for route in ("auth/login/", "drf-auth/login/"):
        assert client.post(f"/{route}", {}, content_type="application/json").json()["code"] == "invalid_request"
    for route in (".well-known/jwks.json", ".well-known/oauth-authorization-server", "accounts/login/"):
        assert public_views.is_public(resolve(f"/{route}"), "GET")


def resolve(path: str) -> Any:
    from django.urls import resolve

    return resolve(path).func


def test_a_view_that_a_public_one_calls_has_to_be_public_itself(token: dict[str, str]) -> None:
    assert Client().get("/calling/").status_code == Client().get("/calling/", headers=BAD).status_code == 401
    assert Client().get("/calling/", headers=token).status_code == 200
    assert Client().get("/calling-public/").status_code == Client().get("/wrapping/").status_code == 200


def test_what_is_not_there_is_404() -> None:
    assert Client().get("/nowhere/").status_code == 404


class TestPaths:
    @pytest.fixture(autouse=True)
    def named(self, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "PUBLIC_PATHS": ["/health", "/docs/"]}

    @pytest.mark.parametrize("path", ["/health", "/docs/x", "/docs/a/b", "/docs/schema"])
    def test_a_path_and_what_is_below_it(self, path: str) -> None:
        assert Client().get(path).status_code == 200

    @pytest.mark.parametrize(
        "path",
        [
            "/health/deep",
            "/all/docs/x",
            "/all/health",
            "/docs/../x",
            "/docs/./x",
            "/docs//x",
            "/docs/a\\b",
            "/docs/%2e%2e/x",
        ],
    )
    def test_nothing_beside_it(self, path: str) -> None:
        assert Client().get(path).status_code == 401

    @pytest.mark.parametrize(
        "paths", [["/"], ["//"], [""], ["docs/"], ["/a/../"], ["/%2e/"], ["/a//b"], ["/x?y"], "/docs/", [7], ["/ "]]
    )
    def test_a_path_that_opens_everything_is_a_fault(self, paths: Any, settings: Any) -> None:
        from django_bearer import conf

        settings.BEARER = {**settings.BEARER, "PUBLIC_PATHS": paths}
        assert [fault for fault in conf.faults() if "PUBLIC_PATHS" in fault]


def test_static_files_are_open_by_their_address(settings: Any) -> None:
    settings.STATIC_URL = "/docs/"
    assert Client().get("/docs/site.css").status_code == 200
    settings.STATIC_URL = "/"
    assert Client().get("/docs/site.css").status_code == 401


def test_settings_that_cannot_be_used_open_nothing(settings: Any) -> None:
    settings.BEARER = {"DANGEROUSLY_ALLOW_ANONYMOUS": True}
    assert Client().get("/forgotten/").status_code == 401


def test_the_way_out_has_danger_in_its_name(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_ANONYMOUS": True}
    assert Client().get("/forgotten/").status_code == 200


def test_where_django_closes_its_pages_it_knows_the_login_page(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    assert Client().get("/forgotten/").status_code == 302
    assert Client().get("/anybody/").status_code == 401, "Django's middleware leaves REST framework open"
    assert Client().get("/marked/").status_code == 302, "and asks for its own mark"


class Slotted:
    """A view that is an object without a dictionary."""

    __slots__ = ()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret")


def test_a_view_of_any_kind_is_closed() -> None:
    for view in (Slotted(), Slotted().__call__, len):
        assert not public_views.is_public(view, "GET")


def test_only_what_can_answer_is_marked() -> None:
    with pytest.raises(ConfigurationError):
        public("health")


class TestList:
    def test_tells_open_from_closed(self) -> None:
        found = {route.pattern: route.open_to for route in public_routes.routes()}
        assert found["/marked/"] == public_routes.METHODS
        assert found["/forgotten/"] == found["/anybody/"] == found["/derived/"] == ()
        assert found["/articles/$"] == ("GET",)
        assert found["/auth/login/"] == public_routes.METHODS

    def test_is_announced_by_the_development_server_only(self, capsys: Any) -> None:
        public_routes.log_public_routes(["manage.py", "migrate"])
        assert capsys.readouterr().err == ""
        public_routes.log_public_routes(["manage.py", "runserver", "8000"])
        closed = sum(route.access in ("closed", "own check") for route in public_routes.routes())
        assert f"django-bearer: {closed} routes require authentication" in capsys.readouterr().err

    @pytest.mark.parametrize("mount", ["/auth/", "/drf-auth/"])
    def test_endpoints_that_require_a_credential_themselves_are_not_called_public(self, mount: str) -> None:
        names = ("sessions/", "api-tokens/", "logout-everywhere/", "introspect/", "step-up/", "login/", "refresh/")
        found = {route.pattern: route.access for route in public_routes.routes()}
        assert [found[mount + name] for name in names] == ["own check"] * 5 + ["public"] * 2
        for name in names[:4]:
            assert Client().get(mount + name).status_code in (401, 405)
            assert Client().post(mount + name, {"token": "x"}, "application/json").status_code in (400, 401, 405)

    def test_command(self, capsys: Any) -> None:
        from django.core.management import call_command

        call_command("bearer_routes", "--public")
        said = capsys.readouterr().out
        assert "public: GET              /articles/$" in said
        assert "/forgotten/" not in said
        call_command("bearer_routes", "--closed")
        assert "tests.http.test_route_access.forgotten" in capsys.readouterr().out
