"""My API tokens over HTTP: made after a recent login, listed without secrets, ended by their owner only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_bearer import ApiToken, is_token_revoked, issue_api_token, issue_session, refresh_session, revoke_session
from django_bearer.errors import SessionEnded
from django_bearer.primitives import clock
from tests.conftest import PASSWORD

DAY = 86_400
FRESH = 300
"""`STEP_UP_MAX_AGE`, unless the project says otherwise."""
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


PAGE = {
    "Origin": "https://api.example.com",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "X-Bearer-Client": "first-party",
}


def test_a_host_whose_clock_is_behind_wants_it_as_recent(at: str, ann: Any, monkeypatch: Any) -> None:
    """Login and now are both by the database's clock."""
    with clock.frozen():
        issued = issue_session(ann)
        clock.advance(FRESH + 1)
        token = refresh_session(issued.refresh_token or "").access_token
        right = clock.now
        monkeypatch.setattr(clock, "now", lambda: right() - 3600 * clock.SECOND)
        found = create(at, {"Authorization": f"Bearer {token}"})
    assert (found.status_code, found.json()["code"]) == (401, "login_too_old")


@pytest.fixture
def page(at: str, ann: Any) -> dict[str, str]:
    """What script in a page can send: the access token that is in its memory."""
    body = {"username": "ann@example.com", "password": PASSWORD}
    found = Client().post(f"{at}login/", body, content_type="application/json", headers=PAGE)
    return {**PAGE, "Authorization": f"Bearer {found.json()['access_token']}"}


@pytest.mark.parametrize("sent", [{}, {"password": ""}, {"password": "wrong"}])
def test_a_page_sends_the_password_too(at: str, page: dict[str, str], sent: dict[str, str]) -> None:
    found = create(at, page, **sent)
    assert (found.status_code, found.json()["code"]) == (403, "password_required")
    assert not ApiToken.objects.exists()
    made = create(at, page, password=PASSWORD)
    assert made.status_code == 201
    assert PASSWORD not in made.content.decode()


def test_made_while_the_stored_hash_is_outdated(at: str, page: dict[str, str], settings: Any) -> None:
    settings.PASSWORD_HASHERS = list(reversed(settings.PASSWORD_HASHERS))
    token = create(at, page, password=PASSWORD).json()["token"]
    assert Client().get("/plain/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_what_is_stolen_from_a_page_is_no_browser_yet_asks_the_same(at: str, page: dict[str, str]) -> None:
    assert create(at, {"Authorization": page["Authorization"]}).json()["code"] == "password_required"


def test_anothers_password_is_none(at: str, page: dict[str, str], django_user_model: Any) -> None:
    django_user_model.objects.create_user("mallory", password="own password")
    assert create(at, page, password="own password").json()["code"] == "password_required"


def test_its_guesses_are_counted_as_logins_are(at: str, page: dict[str, str], ann: Any) -> None:
    codes = [create(at, page, password=f"guess {n}").json()["code"] for n in range(11)]
    assert codes == ["password_required"] * 10 + ["throttled"]
    body = {"username": "ann@example.com", "password": PASSWORD}
    assert Client().post(f"{at}login/", body, content_type="application/json").status_code == 429


def test_a_browser_sessions_token_is_as_old_as_its_login(at: str, page: dict[str, str]) -> None:
    with clock.frozen():
        clock.advance(FRESH - 10)
        assert create(at, page, password=PASSWORD).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_reused_refresh_token_ends_what_its_session_made(at: str, ann: Any) -> None:
    stolen, other = issue_session(ann), issue_session(ann)
    made = [
        create(at, {"Authorization": f"Bearer {one.access_token}"}, name=name).json()["token"]
        for one, name in ((stolen, "a"), (other, "b"))
    ]
    by_code = issue_api_token(ann, name="c", expires_in=DAY).token
    refresh_session(stolen.refresh_token or "")
    with clock.frozen():
        clock.advance(60)
        with pytest.raises(SessionEnded):
            refresh_session(stolen.refresh_token or "")
        assert [is_token_revoked(token) for token in (*made, by_code)] == [True, False, False]
    assert ApiToken.objects.get(name="a").revoked_cause == "reuse_stale_predecessor"


def test_a_logout_leaves_a_machine_its_token_and_logout_everywhere_does_not(at: str, ann: Any) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
    token = create(at, headers).json()["token"]
    assert Client().post(f"{at}logout/", {}, "application/json", headers=headers).status_code == 204
    assert not is_token_revoked(token)
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
    assert Client().post(f"{at}logout-everywhere/", {}, "application/json", headers=headers).status_code == 204
    assert is_token_revoked(token)


def test_a_changed_password_ends_it(at: str, ann: Any, headers: dict[str, str]) -> None:
    token = create(at, headers).json()["token"]
    ann.set_password("another one, and long")
    ann.save()
    assert is_token_revoked(token)


def test_a_session_that_ends_meanwhile_leaves_no_token(at: str, ann: Any, monkeypatch: Any) -> None:
    issued = issue_session(ann)
    real = ApiToken.save

    def save(self: Any, *args: Any, **options: Any) -> None:
        real(self, *args, **options)
        revoke_session(issued.session_id)

    monkeypatch.setattr(ApiToken, "save", save)
    found = create(at, {"Authorization": f"Bearer {issued.access_token}"})
    assert (found.status_code, found.json()["code"]) == (401, "invalid_token")
    assert not ApiToken.objects.exists()


def test_what_ends_other_sessions_wants_a_recent_login_and_what_reads_does_not(at: str, ann: Any) -> None:
    """Whoever has a stolen access token must not lock its owner out of every other device (ASVS 7.5.1)."""
    made = issue_api_token(ann, name="x", expires_in=9 * DAY)
    other = issue_session(ann)
    with clock.frozen():
        issued = issue_session(ann)
        clock.advance(2 * DAY)
        token = refresh_session(issued.refresh_token or "").access_token
        used = {"Authorization": f"Bearer {token}"}
        http = Client()
        statuses = [
            http.get(f"{at}sessions/", headers=used).status_code,
            http.get(f"{at}api-tokens/", headers=used).status_code,
            http.delete(f"{at}api-tokens/{made.id}/", headers=used).status_code,
            http.delete(f"{at}sessions/{other.session_id}/", headers=used).status_code,
            create(at, used).status_code,
            http.post(f"{at}logout-everywhere/", headers=used).status_code,
            http.delete(f"{at}sessions/{issued.session_id}/", headers=used).status_code,
        ]
    assert statuses == [200, 200, 204, 401, 401, 401, 204]


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
