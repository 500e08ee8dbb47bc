"""My API tokens over HTTP: made after a recent login, listed without secrets, ended by their owner only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_bearer import ApiToken, clock, is_token_revoked, issue_api_token, issue_session
from django_bearer.endpoints.api_tokens import FRESH

DAY = 86_400
BODY = {"name": "nightly", "expires_in": 30 * DAY, "scope": "notes:read"}


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def at(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def headers(ann: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_session(ann).access_token}"}


def create(at: str, headers: dict[str, str], **changes: Any) -> Any:
    body = {**BODY, **changes}
    return Client().post(f"{at}api-tokens/", body, content_type="application/json", headers=headers)


def test_made_listed_and_revoked(at: str, headers: dict[str, str]) -> None:
    made = create(at, headers)
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    token = made.json()["token"]
    used = {"Authorization": f"Bearer {token}"}
    assert Client().get("/who/", headers=used).json() == {"user": "ann@example.com", "auth": True}
    listed = Client().get(f"{at}api-tokens/", headers=headers)
    [row] = listed.json()["api_tokens"]
    assert (row["id"], row["name"], row["scope"], row["exposed"]) == (
        made.json()["id"],
        "nightly",
        "notes:read",
        False,
    )
    assert row["last_used_from"] == "127.0.0.1"
    assert token not in listed.content.decode()
    assert Client().delete(f"{at}api-tokens/{row['id']}/", headers=headers).status_code == 204
    assert Client().delete(f"{at}api-tokens/{row['id']}/", headers=headers).status_code == 404
    assert is_token_revoked(token)


def test_wants_a_recent_login(at: str, ann: Any) -> None:
    with clock.frozen():
        issued = issue_session(ann)
        clock.advance(FRESH + 1)
        from django_bearer import refresh_session

        token = refresh_session(issued.refresh_token or "").access_token
        found = create(at, {"Authorization": f"Bearer {token}"})
    assert (found.status_code, found.json()["code"]) == (401, "login_too_old")
    assert 'error="insufficient_user_authentication"' in found["WWW-Authenticate"]
    assert not ApiToken.objects.exists()


def test_may_do_no_more_than_the_token_that_asks(at: str, ann: Any) -> None:
    narrow = {"Authorization": f"Bearer {issue_session(ann, scope=['notes:read']).access_token}"}
    assert create(at, narrow, scope="notes:read notes:write").json()["code"] == "invalid_scope"
    assert create(at, narrow).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"expires_in": None},
        {"expires_in": True},
        {"expires_in": "soon"},
        {"expires_in": -1},
        {"expires_in": 10**12},
        {"scope": ["notes:read"]},
    ],
)
def test_bad_input_is_told_and_makes_nothing(at: str, headers: dict[str, str], changes: dict[str, Any]) -> None:
    assert create(at, headers, **changes).status_code == 400
    assert not ApiToken.objects.exists()


def test_nobody_sees_or_ends_anothers(at: str, headers: dict[str, str], django_user_model: Any) -> None:
    bob = django_user_model.objects.create_user("bob")
    bobs = issue_api_token(bob, name="bob's", expires_in=DAY)
    assert Client().get(f"{at}api-tokens/", headers=headers).json() == {"api_tokens": []}
    assert Client().delete(f"{at}api-tokens/{bobs.id}/", headers=headers).status_code == 404
    assert not is_token_revoked(bobs.token)


def test_without_a_token_nothing(at: str, db: None) -> None:
    assert Client().get(f"{at}api-tokens/").status_code == 401
    assert create(at, {}).status_code == 401


def test_other_methods_are_told_which_there_are(db: None) -> None:
    found = Client().put("/auth/api-tokens/")
    assert (found.status_code, found["Allow"]) == (405, "GET, POST")


def test_verify_and_introspection_know_them(ann: Any, headers: dict[str, str], settings: Any) -> None:
    asker = {"first-party": {"kind": "native", "scopes": ["notes:read", "notes:write"]}}
    settings.BEARER = {**settings.BEARER, "INTROSPECTION_SCOPE": "notes:write", "CLIENTS": asker}
    token = issue_api_token(ann, name="x", expires_in=DAY, scope=["notes:read"]).token

    def post(path: str, **extra: Any) -> Any:
        return Client().post(path, {"token": token}, content_type="application/json", **extra)

    assert post("/auth/verify/").json()["active"] is True
    found = post("/auth/introspect/", headers=headers).json()
    assert (found["active"], found["scope"], found["client_id"]) == (True, "notes:read", "api-token")
    assert found["sub"] == str(ann.pk)
    assert post("/auth/revoke/").status_code == 200
    assert is_token_revoked(token)
