"""Metadata says what the server really does (RFC 8414; MD-01 to MD-03)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client, override_settings

from django_bearer.keys.algorithms import SIGNING
from tests.token_clients import OTHER_SECRET, ask, basic, bearer, configured, issue

PLACE = "/.well-known/oauth-authorization-server"


@pytest.fixture(autouse=True)
def clients() -> Iterator[None]:
    with configured():
        yield


def document() -> dict[str, Any]:
    answer = Client().get(PLACE)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    found: dict[str, Any] = answer.json()
    return found


def test_md_01_and_02_the_issuer_and_no_empty_list(ann: Any) -> None:
    issue(ann)
    found = document()
    assert found["issuer"] == settings.BEARER["ISSUER"]
    assert all(found.values())
    assert "none" not in found["introspection_signing_alg_values_supported"]


def test_md_03_every_endpoint_is_there(ann: Any) -> None:
    issue(ann)
    places = {name: urlsplit(url) for name, url in document().items() if name.endswith(("_endpoint", "_uri"))}
    assert set(places) == {"jwks_uri", "revocation_endpoint", "introspection_endpoint"}
    assert Client().get(places["jwks_uri"].path).status_code == 200
    for name in ("revocation_endpoint", "introspection_endpoint"):
        assert ask(places[name].path, {"token": "x"}, **basic("backend", OTHER_SECRET.text)).status_code == 200


def test_md_03_every_way_to_prove_oneself_is_taken_and_no_other(ann: Any) -> None:
    issue(ann)
    found, in_body = document(), {"client_id": "backend", "client_secret": OTHER_SECRET.text}
    headers = basic("backend", OTHER_SECRET.text)
    codes = {
        "none": {name: ask(f"/auth/{name}/", {"token": "x"}).status_code for name in ("revoke", "introspect")},
        "client_secret_basic": {
            name: ask(f"/auth/{name}/", {"token": "x"}, **headers).status_code for name in ("revoke", "introspect")
        },
        "client_secret_post": {
            name: ask(f"/auth/{name}/", {"token": "x", **in_body}).status_code for name in ("revoke", "introspect")
        },
    }
    for name, member in (("revoke", "revocation"), ("introspect", "introspection")):
        taken = [way for way, answers in codes.items() if answers[name] == 200]
        assert found[f"{member}_endpoint_auth_methods_supported"] == taken


def test_md_03_bearer_is_named_where_a_scope_lets_it_ask(ann: Any) -> None:
    reader = {"kind": "native", "scopes": ["notes:read"]}
    with configured(INTROSPECTION_SCOPE="notes:read", CLIENTS={"first-party": reader}):
        token = issue(ann).access_token
        assert "Bearer" in document()["introspection_endpoint_auth_methods_supported"]
        assert ask("/auth/introspect/", {"token": token}, **bearer(token)).status_code == 200


def test_md_03_algorithms_are_those_of_the_keys(ann: Any) -> None:
    issue(ann)
    found = document()["introspection_signing_alg_values_supported"]
    kinds = {key["alg"] for key in Client().get("/.well-known/jwks.json").json()["keys"]}
    assert set(found) == kinds <= set(SIGNING)


def test_what_is_not_served_is_not_named(db: Any) -> None:
    with override_settings(ROOT_URLCONF="django_bearer.urls.well_known"):
        found = Client().get("/oauth-authorization-server").json()
    assert not [name for name in found if "introspection" in name or "revocation" in name]


@pytest.mark.parametrize("place", [PLACE, "/.well-known/jwks.json"])
def test_what_hangs_on_the_request_is_kept_by_no_cache_that_several_share(ann: Any, place: str) -> None:
    issue(ann)
    issuer = settings.BEARER["ISSUER"]
    assert Client().get(place)["Cache-Control"] == "public, max-age=300"
    with override_settings(BEARER={**settings.BEARER, "ISSUER": lambda request: issuer}):
        assert Client().get(place)["Cache-Control"] == "private, max-age=300"
