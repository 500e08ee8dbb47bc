"""`public`: where it opens a route, where it does not, and what a check says of one without effect (row 8)."""

from __future__ import annotations

import json
from functools import partial, wraps
from typing import Any

import pytest
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from ninja import NinjaAPI, Router
from ninja.security import django_auth
from rest_framework.decorators import action, api_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from django_bearer import issue_session, public
from django_bearer.checks import routes as checks
from django_bearer.integrations.drf import IsAuthenticatedUnlessPublic


def answer(request: Any, **_: Any) -> HttpResponse:
    return HttpResponse("ok")


class Listing(View):
    @public
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        return answer(request)


class Secrets(Listing):
    """Inherits a marked method."""


class Overriding(Listing):
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(request)


class Dispatched(View):
    @public
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return answer(request)


class DispatchedSecrets(Dispatched):
    """Inherits a marked dispatch, whose attributes `as_view` copies."""


@method_decorator(public, name="get")
class ByName(Overriding):
    """A class that makes one method public by its name."""


class Rest(APIView):
    permission_classes = (IsAuthenticatedUnlessPublic,)

    @public
    def get(self, request: Request) -> Response:
        return Response("ok")

    def post(self, request: Request) -> Response:
        return Response("ok")


class RestSecrets(Rest):
    """Inherits a marked method."""


class Actions(ViewSet):
    permission_classes = (IsAuthenticatedUnlessPublic,)

    @action(detail=False)
    @public
    def prices(self, request: Request) -> Response:
        return Response("ok")


class ActionsOfSecrets(Actions):
    """Inherits a marked action."""


class Idle(ListAPIView):  # type: ignore[type-arg]
    permission_classes = (IsAuthenticatedUnlessPublic,)

    @public
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response("ok")


@api_view(["GET", "POST"])
@public
def below(request: Request) -> Response:
    return Response("ok")


def silent(view: Any) -> Any:
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    return inner


def telling(view: Any) -> Any:
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    return inner


@silent
@public
def lost(request: HttpRequest) -> HttpResponse:
    return answer(request)


@telling
@public
def kept(request: HttpRequest) -> HttpResponse:
    return answer(request)


api = NinjaAPI(urls_namespace="marks")
router = Router()


@router.get("/price")
@public
def price(request: HttpRequest) -> str:
    return "ok"


@router.post("/price")
def set_price(request: HttpRequest) -> str:
    return "ok"


@public
@router.api_operation(["PUT", "PATCH"], "/price")
def change_price(request: HttpRequest) -> str:
    return "ok"


@router.get("/waiting")
@public
async def waiting(request: HttpRequest) -> str:
    return "ok"


@router.post("/me", auth=django_auth)
def me(request: HttpRequest) -> str:
    return str(request.user)


api.add_router("/shop", router)
urlpatterns = [
    path("listing/", Listing.as_view()),
    path("secrets/", Secrets.as_view()),
    path("overriding/", Overriding.as_view()),
    path("dispatched/", Dispatched.as_view()),
    path("dispatched-secrets/", DispatchedSecrets.as_view()),
    path("dispatched-marked/", public(DispatchedSecrets.as_view())),
    path("by-name/", ByName.as_view()),
    path("rest/", Rest.as_view()),
    path("rest-secrets/", RestSecrets.as_view()),
    path("prices/", Actions.as_view({"get": "prices"})),
    path("prices-secrets/", ActionsOfSecrets.as_view({"get": "prices"})),
    path("idle/", Idle.as_view()),
    path("below/", below),
    path("kept/", kept),
    path("lost/", lost),
    path("partial/", partial(answer)),
    path("ninja/", api.urls),
    path("auth/", include("django_bearer.urls")),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]
OPEN = ["listing", "dispatched", "dispatched-marked", "by-name", "rest", "prices", "below", "kept"]
CLOSED = ["secrets", "overriding", "dispatched-secrets", "rest-secrets", "prices-secrets", "idle", "lost"]


@pytest.mark.parametrize("route", [*OPEN, "ninja/shop/price"])
def test_a_mark_on_what_answers_opens_it(route: str) -> None:
    url = f"/{route}" if "ninja" in route else f"/{route}/"
    assert Client().get(url).status_code == 200


@pytest.mark.parametrize("route", CLOSED)
def test_one_on_a_base_class_or_on_what_is_hidden_does_not(route: str) -> None:
    assert Client().get(f"/{route}/").status_code == 401


@pytest.mark.parametrize("route", ["listing", "by-name", "rest"])
def test_other_methods_stay_closed(route: str) -> None:
    assert Client().post(f"/{route}/").status_code == 401


class TestNinja:
    def test_a_mark_opens_its_operation_only(self, ann: Any) -> None:
        client = Client()
        assert client.put("/ninja/shop/price").status_code == client.patch("/ninja/shop/price").status_code == 200
        assert client.post("/ninja/shop/price").status_code == client.delete("/ninja/shop/price").status_code == 401
        headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
        assert client.post("/ninja/shop/price", headers=headers).status_code == 200

    def test_one_on_an_async_operation_too(self) -> None:
        assert Client().get("/ninja/shop/waiting").status_code == 200

    def test_a_token_needs_no_csrf_token_and_a_cookie_does(self, ann: Any) -> None:
        client = Client(enforce_csrf_checks=True)
        headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
        assert client.post("/ninja/shop/me", headers=headers).json() == "ann@example.com"
        assert client.post("/ninja/shop/me").status_code == 401
        client.force_login(ann)
        assert client.post("/ninja/shop/me").status_code == 403
        assert client.post("/ninja/shop/price").status_code == 403, "where Ninja asks for nobody, either"


class TestChecks:
    def test_a_mark_that_opens_nothing_is_named(self) -> None:
        found = checks.check_public(None)
        assert {str(message.id) for message in found} == {"bearer.W021"}
        assert sorted(message.msg.split()[2].removeprefix(f"{__name__}.") for message in found) == [
            "Idle.list",
            "lost",
        ]

    @pytest.mark.parametrize(("url", "faults"), [("/secrets/", 1), ("/kept/", 0), ("/nowhere/", 0), ("nowhere", 0)])
    def test_a_closed_login_page_is_named(self, url: str, faults: int, settings: Any) -> None:
        settings.LOGIN_URL = url
        found = checks.check_login_page(None)
        assert [message.id for message in found] == ["bearer.W022"] * faults
        assert all("Secrets" in str(message.hint) for message in found)

    def test_a_project_without_routes_has_none(self, settings: Any) -> None:
        del settings.ROOT_URLCONF
        assert checks.check_public(None) == []


class TestList:
    def listed(self, capsys: Any, *options: str) -> dict[str, Any]:
        call_command("bearer_routes", "--format", "json", *options)
        return {route["pattern"]: route for route in json.loads(capsys.readouterr().out)["routes"]}

    def test_names_what_the_project_wrote(self, capsys: Any) -> None:
        found = {pattern: route["view"] for pattern, route in self.listed(capsys).items()}
        assert found["/below/"] == f"{__name__}.below"
        assert found["/kept/"] == f"{__name__}.kept"
        assert found["/partial/"] == f"{__name__}.answer"
        assert found["/prices/"] == f"{__name__}.Actions (prices)"
        assert found["/ninja/shop/price"] == ", ".join(
            f"{__name__}.{n}" for n in ("price", "set_price", "change_price")
        )

    def test_tells_methods_apart(self, capsys: Any) -> None:
        found = self.listed(capsys, "--public")
        assert found["/ninja/shop/price"]["open_to"] == ["GET", "PUT", "PATCH"]
        assert found["/listing/"]["access"] == "public"
        assert "/secrets/" not in found

    @pytest.mark.urls("tests.admin.urls")
    @pytest.mark.skipif("BEARER_TEST_USER" in __import__("os").environ, reason="the admin is not installed")
    def test_a_page_of_the_admin_is_neither_public_nor_closed(self, capsys: Any) -> None:
        found = self.listed(capsys)
        assert found["/admin/"]["access"] == found["/admin/auth/user/<id>/password/"]["access"] == "admin"
        assert found["/admin/login/"]["access"] == "public"
        assert found["/admin/auth/group/"]["view"] == "django.contrib.auth.admin.GroupAdmin.changelist_view"
        for option in ("--public", "--closed"):
            assert "/admin/" not in self.listed(capsys, option)

    def test_a_fault_of_the_settings_is_logged_once(self, capsys: Any, settings: Any, caplog: Any) -> None:
        settings.BEARER = {"ISSUER": "nonsense"}
        call_command("bearer_routes")
        assert len([record for record in caplog.records if record.name.startswith("django_bearer")]) == 1
