"""The refresh and logout endpoints (OB-01 to OB-08, RV-06)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_bearer import decode_token, issue_session, refresh_session
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions.rotation_rules import GRACE_PERIOD, MIN_ROTATION_INTERVAL

PREFIXES = ["/auth", "/drf-auth"]


def post(path: str, body: Any = None, **extra: Any) -> Any:
    return Client().post(path, body or {}, content_type="application/json", **extra)


def authed(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def alive(token: str) -> bool:
    return bool(Client().get("/plain/", headers=authed(token)).status_code == 200)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_token_is_exchanged_for_its_successor(prefix: str, ann: Any) -> None:
    first = issue_session(ann)
    found = post(f"{prefix}/refresh/", {"refresh_token": first.refresh_token})
    assert found.status_code == 200
    assert found["Cache-Control"] == "no-store"
    members = found.json()
    assert members["refresh_token"] != first.refresh_token
    assert members["access_token"] != first.access_token
    assert alive(members["access_token"])
    assert Session.objects.count() == 1


def test_a_repeat_within_the_grace_gets_the_same_successor(ann: Any) -> None:
    first = issue_session(ann)
    with clock.frozen():
        answers = [post("/auth/refresh/", {"refresh_token": first.refresh_token}).json() for _ in range(3)]
        assert len({found["refresh_token"] for found in answers}) == 1
        assert len({found["access_token"] for found in answers}) == 3


def test_a_fresh_token_is_not_rotated_and_stays_valid(ann: Any) -> None:
    first = issue_session(ann)
    with clock.frozen():
        successor = post("/auth/refresh/", {"refresh_token": first.refresh_token}).json()["refresh_token"]
        kept = post("/auth/refresh/", {"refresh_token": successor}).json()
        assert "refresh_token" not in kept
        assert alive(kept["access_token"])
        clock.advance(MIN_ROTATION_INTERVAL / clock.SECOND)
        assert "refresh_token" in post("/auth/refresh/", {"refresh_token": successor}).json()


def test_a_used_token_after_the_grace_ends_its_session_and_no_other(ann: Any) -> None:
    stolen, other = issue_session(ann), issue_session(ann)
    with clock.frozen():
        successor = post("/auth/refresh/", {"refresh_token": stolen.refresh_token}).json()
        clock.advance(GRACE_PERIOD / clock.SECOND + 0.000001)
        again = post("/auth/refresh/", {"refresh_token": stolen.refresh_token})
        assert (again.status_code, again.json()["code"], again.json()["error"]) == (
            401,
            "session_ended",
            "invalid_grant",
        )
        assert not alive(successor["access_token"])
        assert post("/auth/refresh/", {"refresh_token": successor["refresh_token"]}).status_code == 401
        assert alive(other.access_token)
    assert Session.objects.get(pk=stolen.session_id).revoked_cause == "reuse_stale_predecessor"


def test_a_lost_answer_can_be_asked_for_again_with_the_retry_key(ann: Any) -> None:
    first = issue_session(ann)
    asked = {"refresh_token": first.refresh_token, "retry_key": "kept-before-sending"}
    with clock.frozen():
        successor = post("/auth/refresh/", asked).json()["refresh_token"]
        clock.advance(86_400)
        assert post("/auth/refresh/", asked).json()["refresh_token"] == successor
        clock.advance(GRACE_PERIOD / clock.SECOND + 1)
        assert post("/auth/refresh/", {**asked, "retry_key": "guessed"}).status_code == 401


@pytest.mark.parametrize("body", [{}, {"refresh_token": ""}, {"refresh_token": 1}, {"refresh_token": "x" * 300}])
def test_a_missing_or_oversized_token_is_a_clear_400(body: Any, db: Any) -> None:
    assert post("/auth/refresh/", body).json()["code"] == "invalid_request"


def test_noise_is_refused_without_a_query(ann: Any, django_assert_num_queries: Any) -> None:
    token = issue_session(ann).refresh_token or ""
    wrong_mac = refresh_of_another_ring(token)
    for text in ("noise", token[:-1], token[:-1] + "!", wrong_mac):
        with django_assert_num_queries(0):
            assert post("/auth/refresh/", {"refresh_token": text}).json()["code"] == "session_ended"


def refresh_of_another_ring(token: str) -> str:
    """The same token with a wrong MAC and a right checksum."""
    from django_bearer.keys.keyring import RefreshKeys
    from django_bearer.tokens import refresh_token

    found = refresh_token.read(token).token
    return found.encode(RefreshKeys(found.key_id, b"wrong" * 8, b"wrong" * 8))


def test_another_client_is_refused_and_nothing_changes(ann: Any) -> None:
    first = issue_session(ann)
    assert (
        post("/auth/refresh/", {"refresh_token": first.refresh_token, "client_id": "other-client"}).status_code == 401
    )
    assert post("/auth/refresh/", {"refresh_token": first.refresh_token}).status_code == 200


def test_scope_narrows_for_one_access_token_and_never_widens(ann: Any) -> None:
    first = issue_session(ann, scope=["notes:read"])
    wide = post("/auth/refresh/", {"refresh_token": first.refresh_token, "scope": "notes:read notes:write"})
    assert wide.json()["code"] == "invalid_scope"
    with clock.frozen():
        full = issue_session(ann)
        narrow = post("/auth/refresh/", {"refresh_token": full.refresh_token, "scope": "notes:read"}).json()
        assert narrow["scope"] == "notes:read"
        clock.advance(31)
        wide = post("/auth/refresh/", {"refresh_token": narrow["refresh_token"]})
        assert wide.json()["scope"] == "notes:read notes:write"


def test_refreshing_too_often_without_rotation_is_limited_and_rotating_is_not(ann: Any) -> None:
    with clock.frozen():
        successor = refresh_session(issue_session(ann).refresh_token or "").refresh_token
        codes = [post("/auth/refresh/", {"refresh_token": successor}).status_code for _ in range(62)]
        assert codes == [200] * 60 + [429] * 2


def test_an_access_token_is_no_refresh_token_and_the_reverse(ann: Any) -> None:
    issued = issue_session(ann)
    assert post("/auth/refresh/", {"refresh_token": issued.access_token}).status_code in (400, 401)
    assert not alive(issued.refresh_token or "")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_logout_with_any_generation_ends_the_session(prefix: str, ann: Any) -> None:
    first = issue_session(ann)
    second = refresh_session(first.refresh_token or "")
    assert post(f"{prefix}/logout/", {"refresh_token": first.refresh_token}).status_code == 204
    assert not alive(first.access_token)
    assert not alive(second.access_token)
    assert post("/auth/refresh/", {"refresh_token": second.refresh_token}).status_code == 401
    assert Session.objects.get().revoked_cause == "logout"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_logout_with_the_access_token(prefix: str, ann: Any) -> None:
    issued = issue_session(ann)
    assert post(f"{prefix}/logout/", headers=authed(issued.access_token)).status_code == 204
    assert not alive(issued.access_token)


def test_logout_says_204_of_noise_and_400_of_nothing(db: Any) -> None:
    assert post("/auth/logout/", {"refresh_token": "noise"}).status_code == 204
    assert post("/auth/logout/").status_code == 400
    assert post("/auth/logout/", headers=authed("noise")).status_code == 401


@pytest.mark.parametrize("prefix", PREFIXES)
def test_logout_everywhere_ends_all_sessions_of_the_user_only(prefix: str, ann: Any, django_user_model: Any) -> None:
    one, two = issue_session(ann), issue_session(ann)
    bob = issue_session(django_user_model.objects.create_user("bob"))
    assert post(f"{prefix}/logout-everywhere/", headers=authed(one.access_token)).status_code == 204
    assert (alive(one.access_token), alive(two.access_token), alive(bob.access_token)) == (False, False, True)
    assert alive(issue_session(ann).access_token)


def test_logout_everywhere_needs_a_live_access_token(ann: Any) -> None:
    issued = issue_session(ann)
    assert post("/auth/logout-everywhere/", {"refresh_token": issued.refresh_token}).status_code == 401
    assert alive(issued.access_token)


def test_sessions_end_idle_and_absolute(ann: Any, settings: Any) -> None:
    with clock.frozen():
        idle = issue_session(ann)
        clock.advance(14 * 86_400)
        assert post("/auth/refresh/", {"refresh_token": idle.refresh_token}).status_code == 401
        issued = issue_session(ann)
        assert decode_token(issued.access_token)
        token = issued.refresh_token
        for _ in range(3):
            clock.advance(9 * 86_400)
            token = post("/auth/refresh/", {"refresh_token": token}).json()["refresh_token"]
        clock.advance(3 * 86_400)
        assert post("/auth/refresh/", {"refresh_token": token}).status_code == 401


def test_an_access_token_never_outlives_its_session(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "SESSION_LIFETIME": 60, "SESSION_IDLE_LIFETIME": 60}
    with clock.frozen():
        issued = issue_session(ann)
        assert issued.expires_in <= 60
        clock.advance(60)
        assert not alive(issued.access_token)
