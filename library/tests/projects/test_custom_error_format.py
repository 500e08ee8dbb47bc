"""A small project with an error envelope of its own, driven through the whole middleware stack.

Its REST framework views have an exception handler that keeps to REST framework's rule and answers every exception, a
renderer and a media type of their own; its plain views are wrapped by a middleware. Refusals must read like its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.test import Client
from django.urls import include, path
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.generics import ListCreateAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.versioning import AcceptHeaderVersioning
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from django_bearer import check_rate_limit, errors, issue_session, login, public, refresh_session
from django_bearer.integrations.drf import BearerAuthentication, scope_required
from tests.token_clients import bearer, configured

OWN_TYPE = "application/vnd.mine+json"
seen: list[dict[str, Any]] = []
"""What the project's handler was asked about."""
entered: list[str] = []
"""What ran of the project's views."""


def mine(exc: Exception, context: dict[str, Any]) -> Response:
    """REST framework's rule: a dictionary in `detail` is field to list of errors. Any other exception is a 500."""
    seen.append({"error": exc, **context})
    detail = getattr(exc, "detail", None)
    if isinstance(detail, dict):
        found = [one.code for field in detail for one in detail[field]]
    elif isinstance(detail, list):
        found = [one.code for one in detail]
    else:
        found = [detail.code if detail is not None else "fault"]
    return Response({"ok": False, "errors": found}, status=getattr(exc, "status_code", 500))


def leaves_it(exc: Exception, context: dict[str, Any]) -> None:
    return None


def fails(exc: Exception, context: dict[str, Any]) -> Response:
    raise LookupError("a slip in the project's handler")


class OwnRenderer(JSONRenderer):
    media_type = OWN_TYPE
    format = "mine"


class OwnBearer(BearerAuthentication):
    """As projects derive it, to look at what was found."""


class LetsIn(BaseAuthentication):
    """Another package's way in, which asks nothing of us."""

    def authenticate(self, request: Any) -> Any:
        from django.contrib.auth import get_user_model

        entered.append("another authenticator")
        return get_user_model()(pk=99), None


class Notes(APIView):
    renderer_classes = (OwnRenderer,)
    authentication_classes = (OwnBearer,)
    permission_classes: Any = ()
    versioning_class = AcceptHeaderVersioning

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        entered.append("initial")
        super().initial(request, *args, **kwargs)

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        entered.append("get")
        return Response({"ok": True})

    post = get


class Careless(Notes):
    """REST framework documents how to put authentication off; whether the route is closed must not hang on it."""

    def perform_authentication(self, request: Any) -> None:
        return None


class OthersFirst(Notes):
    authentication_classes = (LetsIn, OwnBearer)


class SessionsFirst(Notes):
    authentication_classes = (SessionAuthentication, OwnBearer)


class Dispatches(Notes):
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        entered.append("dispatch")
        return super().dispatch(request, *args, **kwargs)

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        entered.append("setup")
        super().setup(request, *args, **kwargs)


class GroupSerializer(serializers.ModelSerializer[Group]):
    class Meta:
        model = Group
        fields = ("id", "name")


class Row(serializers.Serializer[Any]):
    group = serializers.PrimaryKeyRelatedField(queryset=Group.objects.all())


class Groups(ModelViewSet[Group]):
    renderer_classes = (OwnRenderer,)
    authentication_classes = (OwnBearer,)
    permission_classes = ()
    queryset = Group.objects.all()
    serializer_class = GroupSerializer


class WithForms(ListCreateAPIView[Group]):
    """A page of the browsable API whose form has the names of all groups."""

    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)
    permission_classes = ()
    queryset = Group.objects.all()
    serializer_class = Row


class Foreign(Notes):
    authentication_classes = ()


class Scoped(Notes):
    permission_classes = (scope_required("notes:write"),)


@public
class Open(Notes):
    permission_classes = (IsAuthenticated,)


@public
class Writes(Notes):
    """Calls public functions, as a project's view does."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        Group.objects.create(name=f"written {Group.objects.count()}")
        if "full" in request.GET:
            raise errors.RateLimited("full", retry_after=7)
        check_rate_limit("pin", "ann", request=request._request)
        return Response({"ok": True})

    def put(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response({"ok": bool(login(request._request, request.data["name"], request.data["password"]))})

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response({"ok": bool(refresh_session(request.data["refresh_token"]))})


def plain(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"mine": True})


@public
def plain_attempt(request: HttpRequest) -> HttpResponse:
    raise errors.RateLimited("too many", retry_after=9)


class Envelope:
    """The project's own shape for whatever plain views and middleware answer in JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = self.get_response(request)
        if found.status_code < 400 or not isinstance(found, JsonResponse):
            return found
        said = json.loads(found.content)
        found.content = json.dumps({"ok": False, "errors": [said["code"]]})
        return found


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("drf-auth/", include("django_bearer.integrations.drf.urls", namespace="drf")),
    path("notes/", Notes.as_view()),
    path("careless/", Careless.as_view()),
    path("others-first/", OthersFirst.as_view()),
    path("sessions-first/", SessionsFirst.as_view()),
    path("dispatches/", Dispatches.as_view()),
    path("groups/", Groups.as_view({"get": "list", "post": "create"})),
    path("with-forms/", WithForms.as_view()),
    path("foreign/", Foreign.as_view()),
    path("scoped/", Scoped.as_view()),
    path("open/", Open.as_view()),
    path("writes/", Writes.as_view()),
    path("plain/", plain),
    path("plain-attempt/", plain_attempt),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]
CLOSED = ["/notes/", "/careless/", "/others-first/", "/sessions-first/", "/dispatches/", "/groups/", "/scoped/"]


@pytest.fixture(autouse=True)
def project(settings: Any) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "EXCEPTION_HANDLER": f"{__name__}.mine"}
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Envelope"]
    settings.BEARER = {**settings.BEARER, "CODE_RATE_LIMITS": {"account": "1/hour"}}
    seen.clear()
    entered.clear()


def handled_by(handler: Callable[..., Any], settings: Any) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "EXCEPTION_HANDLER": f"{__name__}.{handler.__name__}"}


def assert_own(answer: Any, status: int, code: str) -> None:
    """The project's envelope in its own media type, with what RFC 6750 section 3 and RFC 9110 ask for besides."""
    assert (answer.status_code, answer.data) == (status, {"ok": False, "errors": [code]})
    assert answer.json() == answer.data
    assert answer.headers["Content-Type"] == OWN_TYPE
    assert isinstance(answer, Response)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("method", ["get", "post", "options", "delete", "head"])
@pytest.mark.parametrize("url", CLOSED)
def test_closed_view_is_refused_in_the_projects_own_shape(url: str, method: str) -> None:
    """The middleware decides, REST framework renders, and nothing of the view runs."""
    found = getattr(Client(), method)(url)
    if method == "head":
        assert (found.status_code, found.content, found.data["errors"]) == (401, b"", ["not_authenticated"])
    else:
        assert_own(found, 401, "not_authenticated")
    assert entered == []
    [asked] = seen
    assert isinstance(asked["view"], APIView)
    assert asked["request"]._request.path == url
    assert not asked["request"].user.is_authenticated


@pytest.mark.parametrize("url", CLOSED)
def test_refused_token_is_refused_in_the_projects_own_shape(url: str) -> None:
    found = Client().get(url, headers=bearer("x"))
    assert_own(found, 401, "invalid_token")
    assert 'error="invalid_token"' in found.headers["WWW-Authenticate"]
    assert entered == []


def test_a_page_at_the_browsable_api_shows_no_form() -> None:
    Group.objects.create(name="a name for nobody")
    found = Client().get("/with-forms/", headers={"Accept": "text/html"})
    assert found.status_code == 401
    assert found.headers["Content-Type"].startswith("text/html")
    assert b"not_authenticated" in found.content
    assert b"a name for nobody" not in found.content


def test_what_a_person_reads_is_in_the_language_of_the_request(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:-1], "django.middleware.locale.LocaleMiddleware"]
    Client().get("/notes/", headers={"Accept-Language": "de"})
    assert str(seen[0]["error"].detail) == "Bitte anmelden."


def test_view_without_our_class_is_answered_by_the_middleware() -> None:
    found = Client().get("/foreign/")
    assert (found.status_code, found.json()) == (401, {"ok": False, "errors": ["not_authenticated"]})
    assert found.headers["Content-Type"] == "application/json"
    assert (seen, entered) == ([], [])


def test_good_token_enters(ann: Any) -> None:
    token = issue_session(ann, scope=["notes:write"]).access_token
    assert [Client().get(url, headers=bearer(token)).status_code for url in CLOSED] == [200] * len(CLOSED)


def test_missing_scope(ann: Any) -> None:
    found = Client().get("/scoped/", headers=bearer(issue_session(ann, scope=["notes:read"]).access_token))
    assert_own(found, 403, "insufficient_scope")


def test_public_view_that_asks_for_a_user() -> None:
    assert Client().get("/open/").json() == {"ok": False, "errors": ["not_authenticated"]}
    found = Client().get("/open/", headers=bearer("x"))
    assert (found.status_code, found.headers["Content-Type"]) == (401, OWN_TYPE)


def test_what_public_functions_raise(ann: Any) -> None:
    assert Client().get("/writes/").status_code == 200
    found = Client().get("/writes/")
    assert_own(found, 429, "throttled")
    assert int(found.headers["Retry-After"]) > 0
    assert_own(Client().post("/writes/", {"refresh_token": "x"}), 401, "session_ended")
    for password, status, code in [("wrong", 401, "invalid_credentials"), (None, 400, "invalid_request")]:
        body = {"name": "ann@example.com", "password": password}
        assert_own(Client().put("/writes/", body, "application/json"), status, code)


@pytest.mark.django_db(transaction=True)
def test_what_the_view_wrote_is_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the project's handler leaves out what REST framework's own does."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    assert_own(Client().get("/writes/", {"full": ""}), 429, "throttled")
    assert Group.objects.count() == 0


def test_a_test_inside_a_transaction_goes_on(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    del settings.REST_FRAMEWORK["EXCEPTION_HANDLER"]
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK}
    for url in (*CLOSED, "/drf-auth/login/"):
        assert Client().post(url, "{}", content_type="application/json").status_code in (400, 401)
    assert not transaction.get_rollback()


def test_handler_that_leaves_it_to_others(settings: Any) -> None:
    handled_by(leaves_it, settings)
    for found in (
        Client().get("/notes/"),
        Client().get("/scoped/"),
        Client().get("/writes/") and Client().get("/writes/"),
    ):
        assert found.status_code in (401, 429)
        assert found.json()["ok"] is False, "the middleware's answer, in the plain envelope"


def test_handler_that_fails_lets_nobody_in(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    handled_by(fails, settings)
    found = Client().get("/notes/")
    assert (found.status_code, found.json()) == (401, {"ok": False, "errors": ["not_authenticated"]})
    assert "Notes cannot render a refusal" in caplog.text
    assert entered == []


@pytest.mark.parametrize("handler", [mine, leaves_it, fails])
def test_our_endpoints_keep_their_one_shape(handler: Callable[..., Any], settings: Any) -> None:
    """Clients rely on it: the browser client reads `code`."""
    handled_by(handler, settings)
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    with configured():
        answers = [
            Client().post("/drf-auth/login/", body, content_type=content_type)
            for body, content_type in [("{}", "application/json"), ("{", "application/json"), ("x", "text/plain")]
        ]
        answers += [
            Client().get("/drf-auth/login/"),
            Client().post("/drf-auth/introspect/", {"token": "x"}, "application/json"),
        ]
    assert [one.json()["code"] for one in answers] == [
        "invalid_request",
        "invalid_request",
        "unsupported_media_type",
        "method_not_allowed",
        "invalid_client",
    ]
    assert set(answers[0].json()["fields"]) == {"username", "password"}


def test_plain_views() -> None:
    found = Client().get("/plain/")
    assert (found.status_code, found.json()) == (401, {"ok": False, "errors": ["not_authenticated"]})
    assert found.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    found = Client().get("/plain-attempt/")
    assert (found.status_code, found.json()) == (429, {"ok": False, "errors": ["throttled"]})
    assert found.headers["Retry-After"] == "9"
