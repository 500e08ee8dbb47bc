"""My sessions: mine alone, alive, told apart by device and place, and ended one at a time."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from django_bearer import decode_token, issue_session, refresh_session, revoke_session, revoke_user
from django_bearer.database import issuers
from django_bearer.errors import InvalidTarget
from django_bearer.models import Session
from django_bearer.primitives import clock
from tests.conftest import PASSWORD
from tests.token_clients import BILLING, OWN, PREFIXES, bearer, configured

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def listed(token: str, prefix: str = "/auth") -> Any:
    return Client().get(f"{prefix}/sessions/", headers=bearer(token)).json()["sessions"]


def end(session_id: Any, token: str, prefix: str = "/auth") -> Any:
    return Client().delete(f"{prefix}/sessions/{session_id}/", headers=bearer(token))


@pytest.fixture
def bob(django_user_model: Any) -> Any:
    return django_user_model.objects.create(**{django_user_model.USERNAME_FIELD: "bob@example.com"})


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_session_in_words(prefix: str, ann: Any) -> None:
    with clock.frozen():
        answer = (
            Client(REMOTE_ADDR="203.0.113.77", headers={"User-Agent": FIREFOX})
            .post(
                f"{prefix}/login/",
                {"username": "ann@example.com", "password": PASSWORD},
                content_type="application/json",
                secure=True,
            )
            .json()
        )
        (found,) = listed(answer["access_token"], prefix)
    assert found["id"] == answer["session_id"]
    assert (found["device"], found["where"]) == ("Firefox on Windows", "203.0.113.0/24")
    assert (found["client_id"], found["current"]) == ("first-party", True)
    assert found["created_at"] == found["last_used_at"] < found["ends_at"]
    assert "203.0.113.77" not in str(found)


def test_a_login_of_ones_own_says_where_with_the_request(ann: Any, rf: Any) -> None:
    request = rf.post("/magic/", headers={"User-Agent": FIREFOX}, REMOTE_ADDR="2001:db8:1:2::3")
    (found,) = listed(issue_session(ann, request=request, extras={"link": 7}).access_token)
    assert (found["device"], found["where"]) == ("Firefox on Windows", "2001:db8:1::/48")
    assert Session.objects.get().extras["link"] == 7


def test_one_that_began_without_a_request_has_no_words(ann: Any) -> None:
    (found,) = listed(issue_session(ann).access_token)
    assert (found["device"], found["where"]) == ("Unknown device", "")


def test_the_last_used_comes_first_and_the_current_one_is_marked(ann: Any) -> None:
    with clock.frozen():
        first = issue_session(ann)
        clock.advance(60)
        second = issue_session(ann)
        assert [row["id"] for row in listed(first.access_token)] == [str(second.session_id), str(first.session_id)]
        clock.advance(60)
        first = refresh_session(first.refresh_token or "")
        rows = listed(first.access_token)
    assert [row["id"] for row in rows] == [str(first.session_id), str(second.session_id)]
    assert [row["current"] for row in rows] == [True, False]
    assert rows[0]["last_used_at"] - rows[0]["created_at"] == 120


def test_only_live_sessions_of_this_user(ann: Any, bob: Any) -> None:
    with clock.frozen():
        before = issue_session(ann)
        revoke_user(ann)
        issue_session(bob)
        ended, idle = issue_session(ann), issue_session(ann)
        revoke_session(ended.session_id)
        clock.advance(14 * 86_400)
        mine = issue_session(ann)
        assert [row["id"] for row in listed(mine.access_token)] == [str(mine.session_id)]
        assert {before.session_id, idle.session_id} != {mine.session_id}


def test_one_that_a_logout_everywhere_overtook_is_not_shown(ann: Any) -> None:
    """Its login was under way: the row is not revoked, only of an earlier epoch."""
    issue_session(ann)
    issuers.next_user_epoch(ann.pk)
    mine = issue_session(ann)
    assert [row["id"] for row in listed(mine.access_token)] == [str(mine.session_id)]


def test_sessions_that_authentication_rejects_are_not_shown(ann: Any, django_user_model: Any) -> None:
    """A password set behind Django's back, and a client taken out of the settings, end sessions without a word."""
    with configured():
        issue_session(ann, client_id="phone")
        issue_session(ann)
        assert len(listed(issue_session(ann).access_token)) == 3
    assert len(listed(issue_session(ann).access_token)) == 3, "the phone is no client any more"
    django_user_model.objects.update(password=make_password("another"))
    ann.refresh_from_db()
    assert len(listed(issue_session(ann).access_token)) == 1


@pytest.mark.parametrize("prefix", PREFIXES)
def test_one_is_ended_and_the_others_live(prefix: str, ann: Any) -> None:
    mine, lost = issue_session(ann), issue_session(ann)
    answer = end(lost.session_id, mine.access_token, prefix)
    assert (answer.status_code, answer.content) == (204, b"")
    assert Client().get("/plain/", headers=bearer(lost.access_token)).status_code == 401
    assert [row["id"] for row in listed(mine.access_token)] == [str(mine.session_id)]
    assert end(lost.session_id, mine.access_token, prefix).status_code == 404


@pytest.mark.parametrize("prefix", PREFIXES)
def test_nobody_ends_or_learns_of_another_users_session(prefix: str, ann: Any, bob: Any) -> None:
    mine, theirs = issue_session(ann), issue_session(bob)
    foreign, unknown = end(theirs.session_id, mine.access_token, prefix), end(uuid.uuid4(), mine.access_token, prefix)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == unknown.json()
    assert foreign.json()["code"] == "not_found"
    assert Client().get("/plain/", headers=bearer(theirs.access_token)).status_code == 200


@pytest.mark.parametrize("prefix", PREFIXES)
def test_both_ask_for_a_token_and_their_method(prefix: str, ann: Any) -> None:
    issued = issue_session(ann)
    assert Client().get(f"{prefix}/sessions/").status_code == 401
    assert Client().delete(f"{prefix}/sessions/{issued.session_id}/").status_code == 401
    for path, allowed in (("sessions/", "GET"), (f"sessions/{issued.session_id}/", "DELETE")):
        found = Client().post(f"{prefix}/{path}", headers=bearer(issued.access_token))
        assert (found.status_code, found["Allow"].split(",")[0]) == (405, allowed)


def test_the_list_takes_the_same_few_statements_however_long(ann: Any, django_assert_num_queries: Any) -> None:
    tokens = [issue_session(ann) for _ in range(10)]
    listed(tokens[0].access_token)  # its first use, which is noted
    with django_assert_num_queries(3):
        assert len(listed(tokens[0].access_token)) == 10


def test_on_every_database_a_session_is_listed_narrowed_and_ended(database: str, django_user_model: Any) -> None:
    with configured():
        user = django_user_model.objects.using(database).create(
            **{django_user_model.USERNAME_FIELD: "cy@example.com"}
        )
        lost = issue_session(user, client_id="phone", resource=[BILLING], extras={"device": "Ein Gerät", "where": ""})
        mine = issue_session(user, client_id="phone")
        rows = {row["id"]: row for row in listed(mine.access_token)}
        assert rows[str(lost.session_id)]["device"] == "Ein Gerät"
        again = refresh_session(lost.refresh_token or "", client_id="phone")
        assert decode_token(again.access_token, audience=BILLING).aud == BILLING
        with pytest.raises(InvalidTarget):
            refresh_session(again.refresh_token or "", client_id="phone", resource=[OWN])
        assert end(lost.session_id, mine.access_token).status_code == 204
        assert [row["id"] for row in listed(mine.access_token)] == [str(mine.session_id)]
