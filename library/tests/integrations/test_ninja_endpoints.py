"""The endpoints as a router of Ninja's: the same views, and a document of what they read, answer and refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import path, resolve
from drf_spectacular.generators import SchemaGenerator
from ninja import NinjaAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from django_bearer import errors, urls
from django_bearer.integrations.drf import openapi
from django_bearer.integrations.drf import urls as drf_urls
from django_bearer.integrations.ninja import BearerAPI, bearer_router
from django_bearer.integrations.ninja.operations import EVERYWHERE, OPERATIONS
from django_bearer.integrations.ninja.routes import ROUTES
from tests.conftest import PASSWORD
from tests.token_clients import bearer

assert openapi, "where drf-spectacular is in INSTALLED_APPS the app loads it"
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "endpoints.md"
api = BearerAPI(urls_namespace="endpoints", title="Notes")
api.add_router("/auth", bearer_router())
bare = NinjaAPI(urls_namespace="bare-endpoints")
bare.add_router("/auth", bearer_router(login=False), auth=None, tags=["tokens"])
urlpatterns = [path("api/", api.urls), path("bare/", bare.urls)]
pytestmark = pytest.mark.urls(__name__)


def document(found: NinjaAPI = api) -> dict[str, Any]:
    """The document as it is sent."""
    made: dict[str, Any] = json.loads(json.dumps(found.get_openapi_schema(path_prefix="")))
    return made


def test_a_login_has_the_fields_that_the_settings_name(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_FIELDS": ["company"]}
    body = document()["paths"]["/auth/login/"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["required"]) == {"username", "password"}
    assert "company" in body["properties"]


def test_each_path_has_the_view_that_it_has_without_ninja() -> None:
    plain = [(str(one.pattern), one.callback, one.name) for one in urls.urlpatterns]
    assert [(one.path[1:].replace("{", "<").replace("}", ">"), one.view, one.name) for one in ROUTES] == plain
    example = "0d3a0000-0000-0000-0000-000000000000"
    for route in ROUTES:
        found = resolve("/api/auth" + re.sub(r"\{.*\}", example, route.path))
        assert found.func is route.view
        assert all(str(value) == example and not isinstance(value, str) for value in found.kwargs.values())


@pytest.mark.django_db(transaction=True)
def test_a_session_from_login_to_logout(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    client = Client(enforce_csrf_checks=True)

    def post(name: str, headers: Any = None, **body: str) -> Any:
        return client.post(f"/api/auth/{name}/", json.dumps(body), content_type="application/json", headers=headers)

    found = post("login", username="ann@example.com", password=PASSWORD)
    assert found.status_code == 200, found.content
    tokens = found.json()
    assert post("refresh", refresh_token=tokens["refresh_token"]).status_code == 200
    mine = bearer(tokens["access_token"])
    assert client.get("/api/auth/sessions/", headers=mine).json()["sessions"][0]["id"] == tokens["session_id"]
    assert post("logout", refresh_token=tokens["refresh_token"]).status_code == 204
    assert client.get("/api/auth/sessions/", headers=mine).status_code == 401
    refused = post("login", username="ann@example.com", password="wrong")
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize("found", [api, bare], ids=["BearerAPI", "NinjaAPI"])
def test_the_document_is_whole(found: NinjaAPI, db: None) -> None:
    made = document(found)
    named = {f"/auth{re.sub('{uuid:', '{', route.path)}" for route in ROUTES if route.name != "csp-report"}
    assert set(made["paths"]) == (named if found is api else named - {"/auth/login/"})
    assert made["components"]["securitySchemes"] == {
        "BearerAuth": {"type": "http", "scheme": "bearer"},
        "BearerClient": {"type": "http", "scheme": "basic"},
    }
    security = {path: item[min(item)].get("security") for path, item in made["paths"].items()}
    assert security["/auth/refresh/"] is None
    assert security["/auth/sessions/"] == [{"BearerAuth": []}]
    assert security["/auth/logout/"] == [{"BearerAuth": []}, {}]
    assert security["/auth/introspect/"] == [{"BearerClient": []}, {"BearerAuth": []}, {}]


@pytest.mark.hard
@pytest.mark.parametrize("found", [api, bare], ids=["BearerAPI", "NinjaAPI"])
def test_the_document_is_valid(found: NinjaAPI, db: None) -> None:
    OpenAPIV31SpecValidator(document(found)).validate()


def test_bodies_and_answers_are_those_of_rest_framework(settings: Any, db: None) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    }
    theirs = json.loads(json.dumps(SchemaGenerator(patterns=drf_urls.urlpatterns).get_schema(public=True)))
    ours = document()
    for route, item in theirs["paths"].items():
        for method, operation in item.items():
            mine = ours["paths"][f"/auth{route}"][method]
            assert bodies(ours, mine) == bodies(theirs, operation), route
            assert answers(ours, mine) == answers(theirs, operation), route


def members(made: dict[str, Any], shape: dict[str, Any]) -> Any:
    """The names of an object's members, whether they are required, and how long they may be."""
    while "$ref" in shape:
        shape = made["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    if shape.get("type") == "array":
        return members(made, shape["items"])
    if "properties" not in shape:
        return shape.get("maxLength")
    required = shape.get("required", [])
    return {name: (name in required, members(made, one)) for name, one in shape["properties"].items()}


def bodies(made: dict[str, Any], operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    return {kind: members(made, one["schema"]) for kind, one in content.items()}


def answers(made: dict[str, Any], operation: dict[str, Any]) -> Any:
    found = {status: one for status, one in operation["responses"].items() if status < "3"}
    return {
        status: members(made, one["content"]["application/json"]["schema"]) if "content" in one else None
        for status, one in found.items()
    }


def test_the_refusals_are_those_of_the_reference() -> None:
    """Everything that the page names; the document may know more."""
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    for route in ROUTES:
        if route.name == "login-enrol-code":  # whose section only says which refusal it has not
            continue
        for operation in OPERATIONS.get(route.name, ()):
            title = TITLES.get(route.name, route.name)
            [section] = [one for one in sections if one.partition("\n")[0] in (title, title.replace("-", " "))]
            lines = " ".join(re.findall(r"Errors: ((?:.|\n)*?)\.\s", section))
            named = {
                code for code in re.findall(r"`(\w+)`", lines) if operation.method != "GET" or code not in POSTED
            }
            assert named <= {*operation.refusals.split(), *EVERYWHERE.split()}, route.name


TITLES = {
    "session": "End one session",
    "remembered-device": "End one remembered device",
    "api-token": "End one API token",
}
POSTED = {"login_too_old", "password_required", "login_refused", "invalid_scope", "throttled"}
"""Refusals of `POST api-tokens/`, which shares its section with GET."""


@pytest.mark.django_db(transaction=True)
def test_answers_and_refusals_are_as_the_document_says(ann: User) -> None:
    made = document()
    login = {"username": "ann@example.com", "password": PASSWORD}
    for name, body in (
        ("login", login),
        ("login", {}),
        ("login", {**login, "password": "x"}),
        ("verify", {}),
        ("email", {}),
    ):
        answer = Client().post(f"/api/auth/{name}/", json.dumps(body), content_type="application/json")
        promised = made["paths"][f"/auth/{name}/"]["post"]["responses"][str(answer.status_code)]
        shape = {**promised["content"]["application/json"]["schema"], "components": made["components"]}
        jsonschema.Draft202012Validator(shape).validate(answer.json())
        if answer.status_code >= 400:
            assert answer.json()["code"] in promised["description"]


def test_every_code_in_the_table_exists() -> None:
    named = {code for each in OPERATIONS.values() for one in each for code in one.refusals.split()}
    assert {*named, *EVERYWHERE.split()} <= {
        found.code
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, errors.HTTPRefusal)
    }
