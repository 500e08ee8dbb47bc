"""The schema that drf-spectacular generates for the endpoints: no warnings, and every answer conforms to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.urls import path
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from django_bearer.integrations.drf import BearerAuthentication, openapi, urls
from tests.conftest import PASSWORD
from tests.token_clients import SECRET, ask, basic, bearer, configured, issue

assert openapi, "where drf-spectacular is in INSTALLED_APPS the app loads it"


@pytest.fixture(autouse=True)
def clients() -> Iterator[None]:
    with configured():
        yield


@pytest.fixture
def schema(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    }
    monkeypatch.setattr(spectacular_settings, "OAS_VERSION", "3.1.0")  # whose schemas are those of JSON Schema
    GENERATOR_STATS.reset()
    found: dict[str, Any] = SchemaGenerator(patterns=urls.urlpatterns).get_schema(public=True)
    assert not GENERATOR_STATS, "drf-spectacular complained"
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def assert_true(schema: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """An answer is one that the schema promises for that endpoint."""
    promised = schema["paths"][path][method]["responses"]
    found = promised.get(str(answer.status_code)) or promised["4XX"]
    if "content" not in found:
        assert answer.content == b""
        return
    shape = {**found["content"]["application/json"]["schema"], "components": schema["components"]}
    jsonschema.Draft202012Validator(shape, format_checker=jsonschema.FormatChecker()).validate(answer.json())
    named = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]["properties"]
    assert set(answer.json()) <= set(named)


def test_every_endpoint_answers_as_the_schema_says(schema: dict[str, Any], ann: Any) -> None:
    issued, other = issue(ann), issue(ann)
    mine = bearer(issued.access_token)
    login = {"username": "ann@example.com", "password": PASSWORD}
    question = {"token": issued.access_token}
    for body in (login, {**login, "password": "wrong"}, {}):
        assert_true(schema, "/login/", "post", ask("/drf-auth/login/", body))
    for token in (other.refresh_token, "x"):
        assert_true(schema, "/refresh/", "post", ask("/drf-auth/refresh/", {"refresh_token": token}))
    for body in (question, {"token": "x"}, {}):
        assert_true(schema, "/verify/", "post", ask("/drf-auth/verify/", body))
        assert_true(schema, "/introspect/", "post", ask("/drf-auth/introspect/", body))
        told = ask("/drf-auth/introspect/", body, **basic("gateway", SECRET.text))
        assert_true(schema, "/introspect/", "post", told)
    assert_true(schema, "/sessions/", "get", Client().get("/drf-auth/sessions/", headers=mine))
    assert_true(schema, "/sessions/", "get", Client().get("/drf-auth/sessions/"))
    made = ask("/drf-auth/api-tokens/", {"name": "ci", "expires_in": 60}, **mine)
    assert made.status_code == 201
    assert_true(schema, "/api-tokens/", "post", made)
    assert_true(schema, "/api-tokens/", "get", Client().get("/drf-auth/api-tokens/", headers=mine))
    for endpoint, name, found in (
        ("sessions", "session_id", other.session_id),
        ("api-tokens", "token_id", made.json()["id"]),
    ):
        for _ in range(2):
            gone = Client().delete(f"/drf-auth/{endpoint}/{found}/", headers=mine)
            assert_true(schema, f"/{endpoint}/{{{name}}}/", "delete", gone)
    assert_true(schema, "/revoke/", "post", ask("/drf-auth/revoke/", {"token": other.access_token}, form=True))
    assert_true(schema, "/logout/", "post", ask("/drf-auth/logout/", {"refresh_token": other.refresh_token}))
    assert_true(schema, "/logout-everywhere/", "post", ask("/drf-auth/logout-everywhere/", **mine))
    assert_true(schema, "/logout-everywhere/", "post", ask("/drf-auth/logout-everywhere/", **mine))


def test_an_endpoint_that_a_token_opens_says_so(schema: dict[str, Any]) -> None:
    assert schema["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
    asked = {
        path
        for path, methods in schema["paths"].items()
        for found in methods.values()
        if {"bearer": []} in found.get("security", [])
    }
    assert asked == {
        "/email/",
        "/email/confirm/",
        "/step-up/",
        "/logout-everywhere/",
        "/sessions/",
        "/sessions/{session_id}/",
        "/remembered-devices/",
        "/remembered-devices/{device_id}/",
        "/api-tokens/",
        "/api-tokens/{token_id}/",
        "/tickets/",
        "/handover/",
        "/handover/receiver/",
        "/handover/approve/",
        "/impersonate/",
        "/password/",
    }


class OwnBearer(BearerAuthentication):
    """As a project derives it."""


class DescribedBearer(BearerAuthentication):
    """One that the project describes itself."""


class DescribedScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # theirs has no types
    target_class = DescribedBearer
    name = "described"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


@pytest.mark.parametrize(
    ("found", "name"), [(BearerAuthentication, "bearer"), (OwnBearer, "bearer"), (DescribedBearer, "described")]
)
def test_classes_of_the_project_keep_their_scheme(found: Any, name: str, settings: Any) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    }

    class View(APIView):
        authentication_classes = (found,)
        permission_classes = (IsAuthenticated,)

        @extend_schema(responses=None)
        def get(self, request: Any) -> None: ...

    GENERATOR_STATS.reset()
    made = SchemaGenerator(patterns=[path("x/", View.as_view())]).get_schema(public=True)
    assert not GENERATOR_STATS, "drf-spectacular complained"
    assert made["paths"]["/x/"]["get"]["security"] == [{name: []}]
    assert made["components"]["securitySchemes"][name]["scheme"] == "bearer"
