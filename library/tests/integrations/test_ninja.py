"""Django Ninja: the same outcome as everywhere, for operations and async operations, and described in OpenAPI."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from ninja import NinjaAPI

from django_bearer import error_response, issue_api_token, issue_session, public, revoke_session
from django_bearer.errors import ConfigurationError, HTTPRefusal
from django_bearer.integrations.django import bearer_required
from django_bearer.integrations.ninja import BearerAPI, BearerAuth
from django_bearer.primitives import clock

api = BearerAPI(urls_namespace="bearer", title="Notes")
plain = NinjaAPI(urls_namespace="plain", auth=BearerAuth())
own = NinjaAPI(urls_namespace="own", auth=BearerAuth(scopes=["nothing:has"]))
WRITE = BearerAuth(scopes=["notes:write"])


@api.get("/sync")
@plain.get("/sync")
def notes(request: HttpRequest) -> str:
    return str(request.user.get_username())


@api.get("/async")
@plain.get("/async")
async def async_notes(request: HttpRequest) -> str:
    assert request.auth.user == request.user  # type: ignore[attr-defined]
    return str(request.user.get_username())


@api.post("/sync/write", auth=WRITE)
def add(request: HttpRequest) -> str:
    return "added"


@api.post("/async/write", auth=WRITE)
async def async_add(request: HttpRequest) -> str:
    return "added"


@api.delete("/sync/recent", auth=BearerAuth(max_age=60))
def delete(request: HttpRequest) -> str:
    return "deleted"


@api.delete("/async/recent", auth=BearerAuth(max_age=60))
async def async_delete(request: HttpRequest) -> str:
    return "deleted"


@api.get("/price", auth=None)
@public
def price(request: HttpRequest) -> str:
    return "for members" if request.auth else "for everybody"  # type: ignore[attr-defined]


@own.get("/sync")
def never(request: HttpRequest) -> str:
    return "entered"


@own.exception_handler(HTTPRefusal)
def in_ones_own_words(request: HttpRequest, error: HTTPRefusal) -> HttpResponse:
    response = error_response(request, error)
    response.headers["X-Own"] = error.code
    return response


@bearer_required(scopes=["notes:write"])
async def without_ninja(request: HttpRequest) -> HttpResponse:
    return HttpResponse("added")


urlpatterns = [
    path("api/", api.urls),
    path("plain/", plain.urls),
    path("own/", own.urls),
    path("without-ninja/", without_ninja),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]
KINDS = ["sync", "async"]


@pytest.fixture(params=["wsgi", "asgi"])
def ask(request: Any) -> Any:
    """Ask the same of either kind of server."""

    def asked(method: str, url: str, token: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if request.param == "wsgi":
            return getattr(Client(), method)(url, headers=headers)
        return async_to_sync(getattr(AsyncClient(), method))(url, headers=headers)

    return asked


def api_token(owner: Any) -> str:
    return issue_api_token(owner, name="ci", expires_in=3600).token


@pytest.mark.parametrize("at", ["/api", "/plain"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_good_token_enters(ask: Any, at: str, kind: str, ann: Any) -> None:
    assert ask("get", f"{at}/{kind}", issue_session(ann).access_token).json() == "ann@example.com"
    assert ask("get", f"{at}/{kind}", api_token(ann)).json() == "ann@example.com"


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("at", ["/api", "/plain"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["none", "garbage", "expired", "revoked"])
def test_every_other_gets_401(ask: Any, at: str, kind: str, state: str, debug: bool, ann: Any, settings: Any) -> None:
    settings.DEBUG = debug
    issued = issue_session(ann)
    token = {"none": "", "garbage": "x.y.z"}.get(state, issued.access_token)
    if state == "expired":
        clock.advance(3600)
    if state == "revoked":
        revoke_session(issued.session_id)
    answer = ask("get", f"{at}/{kind}", token)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token" if token else "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    clock.reset()


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("url", ["/api/sync/write", "/api/async/write"])
def test_scopes(ask: Any, url: str, debug: bool, ann: Any, settings: Any) -> None:
    settings.DEBUG = debug
    weak, strong = (issue_session(ann, scope=[scope]).access_token for scope in ("notes:read", "notes:write"))
    refused = ask("post", url, weak)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert ask("post", url, strong).json() == "added"


def test_scopes_of_an_async_view(ask: Any, ann: Any) -> None:
    weak, strong = (issue_session(ann, scope=[scope]).access_token for scope in ("notes:read", "notes:write"))
    assert ask("get", "/without-ninja/", weak).status_code == 403
    assert ask("get", "/without-ninja/", strong).content == b"added"
    assert ask("get", "/without-ninja/").status_code == 401


@pytest.mark.parametrize("kind", KINDS)
def test_a_recent_login(ask: Any, kind: str, ann: Any) -> None:
    """SU-01: the challenge says how recent."""
    token = issue_session(ann).access_token
    assert ask("delete", f"/api/{kind}/recent", token).json() == "deleted"
    assert ask("delete", f"/api/{kind}/recent", api_token(ann)).status_code == 403
    clock.advance(61)
    refused = ask("delete", f"/api/{kind}/recent", token)
    assert refused.status_code == 401
    assert "max_age=" in refused.headers["WWW-Authenticate"]
    clock.reset()


def test_a_public_operation_knows_who_calls(ask: Any, ann: Any) -> None:
    assert ask("get", "/api/price").json() == "for everybody"
    assert ask("get", "/api/price", "x.y.z").json() == "for everybody"
    assert ask("get", "/api/price", issue_session(ann).access_token).json() == "for members"


def test_a_handler_of_ones_own_is_kept(ask: Any, ann: Any) -> None:
    refused = ask("get", "/own/sync", issue_session(ann).access_token)
    assert (refused.status_code, refused.headers["X-Own"]) == (403, "insufficient_scope")


def test_a_session_cookie_is_not_asked(ann: Any) -> None:
    """The route lets Django's login in, and the operation asks for a token."""
    client = Client()
    client.force_login(ann)
    assert client.get("/api/sync").status_code == 401


def test_the_document_says_how_an_operation_is_refused(ann: Any) -> None:
    document = api.get_openapi_schema()
    assert list(document["components"]["securitySchemes"].values()) == [{"type": "http", "scheme": "bearer"}]
    paths = document["paths"]
    assert set(paths["/api/sync"]["get"]["responses"]) == {200, 400, 401, 403, 503}
    assert set(paths["/api/price"]["get"]["responses"]) == {200}
    shape = {**document["components"]["schemas"]["BearerRefusal"], "additionalProperties": False}
    for token in ("", "x.y.z"):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        jsonschema.Draft202012Validator(shape).validate(Client().get("/api/sync", headers=headers).json())
    assert "BearerRefusal" not in NinjaAPI(urls_namespace="bare").get_openapi_schema(path_prefix="")[
        "components"
    ].get("schemas", {})


def test_what_is_no_requirement_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError):
        BearerAuth(acr=[])
