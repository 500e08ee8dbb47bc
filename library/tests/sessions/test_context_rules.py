"""A refresh from another device or network: ignored, told, weakened or refused, by the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from django_bearer import decode_token, is_token_revoked, issue_session, refresh_session
from django_bearer.errors import ConfigurationError
from django_bearer.events import EventKind
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions.context_rules import ContextAction, ContextChange, action, changed, written
from django_bearer.tokens.refresh_token import TokenDelivery
from tests.conftest import PASSWORD
from tests.endpoints.test_browser import Page

pytestmark = pytest.mark.django_db(transaction=True)
FOX, CURL = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "curl/8"
HOME, SAME_NETWORK, AWAY = "203.0.113.7", "203.0.113.200", "198.51.100.9"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with clock.frozen():
        yield


def post(url: str, agent: str = FOX, address: str = HOME, token: str = "", **body: Any) -> Any:
    headers = {"User-Agent": agent, **({"Authorization": f"Bearer {token}"} if token else {})}
    sent = Client(REMOTE_ADDR=address)
    return sent.post(url, body, content_type="application/json", headers=headers, secure=True)


def logged_in() -> dict[str, Any]:
    answer: dict[str, Any] = post("/auth/login/", username="ann@example.com", password=PASSWORD).json()
    clock.advance(60)
    return answer


def says(settings: Any, value: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ON_CONTEXT_CHANGE": value}


ELSEWHERE = [(CURL, HOME), (FOX, AWAY), (CURL, AWAY), (FOX, "2001:db8::1")]


@pytest.mark.parametrize(("agent", "address"), ELSEWHERE)
def test_another_device_or_network_is_told_and_goes_on(agent: str, address: str, ann: Any, bearer: Any) -> None:
    first = logged_in()
    found = post("/auth/refresh/", agent, address, refresh_token=first["refresh_token"])
    assert found.status_code == 200
    [event] = bearer.events_of(EventKind.CONTEXT_CHANGED)
    assert event.details["action"] == "event"
    assert event.session_id == first["session_id"]
    assert address not in str(event)
    clock.advance(60)
    assert post("/auth/refresh/", agent, address, refresh_token=found.json()["refresh_token"]).status_code == 200
    assert len(bearer.events_of(EventKind.CONTEXT_CHANGED)) == 1


def test_the_same_device_in_the_same_network_is_nothing(ann: Any, bearer: Any, settings: Any) -> None:
    says(settings, "revoke")
    first = logged_in()
    newer = "Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0"
    assert post("/auth/refresh/", newer, SAME_NETWORK, refresh_token=first["refresh_token"]).status_code == 200
    assert not bearer.events_of(EventKind.CONTEXT_CHANGED)


@pytest.mark.parametrize(("agent", "address"), ELSEWHERE)
def test_revoke_ends_the_session(agent: str, address: str, ann: Any, bearer: Any, settings: Any) -> None:
    says(settings, {"native": "revoke"})
    first = logged_in()
    found = post("/auth/refresh/", agent, address, refresh_token=first["refresh_token"])
    assert (found.status_code, found.json()["code"]) == (401, "session_ended")
    assert Session.objects.get().revoked_cause == "context_changed"
    assert is_token_revoked(first["access_token"])
    assert len(bearer.events_of(EventKind.CONTEXT_CHANGED)) == 1


def test_also_within_the_minimum_rotation_interval(ann: Any, settings: Any) -> None:
    says(settings, "revoke")
    first = logged_in()
    second = post("/auth/refresh/", refresh_token=first["refresh_token"]).json()
    assert post("/auth/refresh/", CURL, AWAY, refresh_token=second["refresh_token"]).status_code == 401


def test_step_up_makes_the_login_old_and_weak_until_it_is_renewed(ann: Any, settings: Any) -> None:
    says(settings, "step_up")
    settings.BEARER = {**settings.BEARER, "ACR_VALUES": {"one": ["pwd"]}}
    first = logged_in()
    found = post("/auth/refresh/", CURL, AWAY, refresh_token=first["refresh_token"]).json()
    claims = decode_token(found["access_token"])
    assert (claims.auth_time, claims.acr, claims.amr) == (0, None, ("pwd",))
    refused = post("/auth/logout-everywhere/", CURL, AWAY, found["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (401, "login_too_old")
    clock.advance(60)
    again = post("/auth/refresh/", CURL, AWAY, refresh_token=found["refresh_token"]).json()
    assert decode_token(again["access_token"]).auth_time == 0
    stepped = post("/auth/step-up/", CURL, AWAY, again["access_token"], password=PASSWORD).json()
    claims = decode_token(stepped["access_token"])
    assert (claims.auth_time, claims.acr) == (clock.seconds(), "one")
    assert post("/auth/logout-everywhere/", CURL, AWAY, stepped["access_token"]).status_code == 204


@pytest.mark.parametrize("which", ["current", "predecessor"])
def test_so_it_does_where_nothing_is_rotated(which: str, ann: Any, settings: Any) -> None:
    """A telephone that changes networks just after a refresh gets a token that is good for the rest."""
    says(settings, "step_up")
    first = logged_in()
    second = post("/auth/refresh/", refresh_token=first["refresh_token"]).json()
    clock.advance(5)
    token = (second if which == "current" else first)["refresh_token"]
    for _ in range(2):
        found = post("/auth/refresh/", FOX, AWAY, refresh_token=token).json()
        assert decode_token(found["access_token"]).auth_time == 0
    assert Session.objects.get().context == "Firefox on Linux|198.51.100.0/24"
    refused = post("/auth/logout-everywhere/", FOX, AWAY, found["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (401, "login_too_old")
    stepped = post("/auth/step-up/", FOX, AWAY, found["access_token"], password=PASSWORD)
    assert stepped.status_code == 200
    assert decode_token(stepped.json()["access_token"]).auth_time == clock.seconds()


def test_ignore_says_nothing(ann: Any, bearer: Any, settings: Any) -> None:
    says(settings, "ignore")
    first = logged_in()
    assert post("/auth/refresh/", CURL, AWAY, refresh_token=first["refresh_token"]).status_code == 200
    assert not bearer.events_of(EventKind.CONTEXT_CHANGED)


def test_kinds_of_clients_are_told_apart(ann: Any, settings: Any) -> None:
    says(settings, {"browser": "revoke", "native": "ignore"})
    first = logged_in()
    assert post("/auth/refresh/", CURL, AWAY, refresh_token=first["refresh_token"]).status_code == 200
    page = Page(**{"User-Agent": FOX})
    assert page.login(secure=True).status_code == 200
    clock.advance(60)
    page.headers["User-Agent"] = CURL
    assert page.post("refresh", secure=True).json()["code"] == "session_ended"


def test_a_callable_decides_with_all_that_is_known(ann: Any, settings: Any) -> None:
    asked: list[ContextChange] = []

    def decide(change: ContextChange) -> str:
        asked.append(change)
        return "revoke" if change.network_now.startswith("198") else "event"

    says(settings, decide)
    first = logged_in()
    found = post("/auth/refresh/", CURL, HOME, refresh_token=first["refresh_token"])
    assert found.status_code == 200
    clock.advance(60)
    assert post("/auth/refresh/", CURL, AWAY, refresh_token=found.json()["refresh_token"]).status_code == 401
    assert [(one.user, one.kind, one.device_before, one.device_now, one.network_now) for one in asked] == [
        (ann, "native", "Firefox on Linux", "curl", "203.0.113.0/24"),
        (ann, "native", "curl", "curl", "198.51.100.0/24"),
    ]


@pytest.mark.parametrize("wrong", [lambda change: 1 / 0, lambda change: "perhaps", lambda change: None])
def test_a_callable_that_fails_spends_no_token(wrong: Any, ann: Any, settings: Any) -> None:
    says(settings, wrong)
    first = logged_in()
    found = post("/auth/refresh/", CURL, AWAY, refresh_token=first["refresh_token"])
    assert (found.status_code, found.json()["code"]) == (503, "retry")
    assert Session.objects.get().generation == 0


def test_what_is_unknown_is_no_change(ann: Any, settings: Any) -> None:
    """A session that a task began has no context, and a refresh by a function without a request has none."""
    says(settings, "revoke")
    quiet = issue_session(ann)
    clock.advance(60)
    assert post("/auth/refresh/", refresh_token=quiet.refresh_token).status_code == 200
    first = logged_in()
    assert refresh_session(first["refresh_token"]).refresh_token
    assert Session.objects.get(pk=first["session_id"]).context == "Firefox on Linux|203.0.113.0/24"


def test_it_is_shown_among_my_sessions(ann: Any) -> None:
    first = logged_in()
    found = post("/auth/refresh/", CURL, AWAY, refresh_token=first["refresh_token"]).json()
    headers = {"Authorization": f"Bearer {found['access_token']}"}
    for at in ("/auth/", "/drf-auth/"):
        [row] = Client().get(f"{at}sessions/", headers=headers, secure=True).json()["sessions"]
        assert (row["device"], row["where"]) == ("Firefox on Linux", "203.0.113.0/24")
        assert (row["last_device"], row["last_where"]) == ("curl", "198.51.100.0/24")


def test_a_separator_in_what_was_seen_moves_nothing() -> None:
    assert written({"device": "a|b", "where": "c"}) == "a b|c"
    assert written({}) == written({"device": None}) == ""
    assert len(written({"device": "x" * 500, "where": "y" * 500})) < 200
    change = changed("a|1", "b|1", None, "app", TokenDelivery.BODY)
    assert change is not None
    assert action({"native": "step_up", "browser": "event"}, change) is ContextAction.STEP_UP
    assert changed("a|1", "a|1", None, "app", 1) is changed("", "a|1", None, "app", 1) is None


@pytest.mark.parametrize("value", ["", "maybe", 7, {"phone": "event"}, {"native": "maybe"}, "no.such.callable", []])
def test_a_setting_that_means_nothing_is_refused(value: Any, settings: Any) -> None:
    from django_bearer import conf

    says(settings, value)
    with pytest.raises(ConfigurationError, match="ON_CONTEXT_CHANGE"):
        conf.current()


def test_it_runs_on_every_database(database: str, django_user_model: Any) -> None:
    django_user_model.objects.create_user("ann@example.com", password=PASSWORD)
    first = logged_in()
    found = post("/auth/refresh/", CURL, AWAY, refresh_token=first["refresh_token"])
    assert found.status_code == 200
    assert Session.objects.get().context == "curl|198.51.100.0/24"
