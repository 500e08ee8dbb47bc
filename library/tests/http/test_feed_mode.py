"""Feed mode: a request is answered by what the process knows, and refused as in exact mode once something changed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils.decorators import async_only_middleware

from django_bearer import (
    Allow,
    Refuse,
    RequestAttempt,
    authenticate_token,
    decode_token,
    impersonate,
    issue_api_token,
    issue_session,
    refresh_session,
    revoke_all_issuer_tokens,
    revoke_key,
    revoke_session,
    revoke_token,
    revoke_user,
)
from django_bearer.database import feed_reader, from_event_loop, signing_keys
from django_bearer.database.feed_reader import Reader
from django_bearer.errors import HTTPRefusal
from django_bearer.http import middleware, without_reading
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.primitives.encoding import base64url_decode
from django_bearer.sessions import feed_verification
from tests import databases, feed_install
from tests.feed_everywhere import exact_mode
from tools.support.timeouts import HANG

MAKES_ITS_OWN_FEED = True
FEED_TABLE = "django_bearer_feed"


@pytest.fixture(params=databases.LONG)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    with databases.use(request.param):
        yield request.param


@pytest.fixture
def feed(database: str) -> Iterator[str]:
    with (
        override_settings(ROOT_URLCONF="tests.http.feed_views"),
        feed_install.feed_mode(database, REVOCATION_DELAY=60),
    ):
        yield database


@pytest.fixture
def token(feed: str, ann: Any) -> str:
    """A token that this process has seen, in a feed that has settled."""
    issued: str = issue_session(ann).access_token
    feed_install.forget_that_it_is_new(feed)
    feed_reader.stop()
    assert get("/key/", issued).status_code == 200
    return issued


def get(path: str, token: str) -> Any:
    return Client(raise_request_exception=False).get(path, headers={"Authorization": f"Bearer {token}"})


def statements(database: str, ask: Callable[[], object]) -> list[str]:
    """What a request asks the database for, but for the poll, which a thread makes where no test runs."""
    with patch.object(Reader, "_read_here", lambda self: None), CaptureQueriesContext(connections[database]) as found:
        ask()
    return [query["sql"] for query in found.captured_queries]


def users() -> Any:
    return get_user_model().objects


def test_a_request_that_needs_only_the_key_asks_nothing(feed: str, token: str) -> None:
    assert statements(feed, lambda: get("/key/", token)) == []
    assert get("/key/", token).json() == {"key": decode_token(token).sub, "same": True, "known": True}


@pytest.mark.parametrize("path", ["/rest/", "/required/"])
def test_neither_do_the_decorator_and_rest_framework(feed: str, token: str, path: str) -> None:
    assert get(path, token).status_code == 200
    assert statements(feed, lambda: get(path, token)) == []


def test_a_request_policy_is_asked_and_reads_the_user_only_where_it_looks_at_it(feed: str, token: str) -> None:
    seen: list[Any] = []
    with override_settings(BEARER={**settings.BEARER, "REQUEST_POLICY": lambda one: seen.append(one) or Allow()}):
        assert statements(feed, lambda: get("/key/", token)) == []
    assert str(seen[0].user.pk) == decode_token(token).sub
    by_name = {**settings.BEARER, "REQUEST_POLICY": lambda one: Refuse("no") if one.user.get_username() else Allow()}
    with override_settings(BEARER=by_name):
        assert get("/key/", token).status_code == 403


def test_whoever_acts_for_a_user_is_asked_for_in_the_database(feed: str, token: str) -> None:
    """The feed has no name for the session of whoever acts: its end must show all the same."""
    staff = users().create_superuser("staff", password=None)
    with override_settings(BEARER={**settings.BEARER, "IMPERSONATION_LIFETIME": 600}):
        asking = authenticate_token(issue_session(staff).access_token)
        acting = impersonate(asking, users().get(pk=decode_token(token).sub)).access_token
        feed_install.forget_that_it_is_new(feed)
        assert get("/key/", acting).status_code == 200
        revoke_session(asking.session().pk)
        feed_install.forget_that_it_is_new(feed)
        assert get("/key/", acting).status_code == 401


def test_a_request_policy_that_swallows_a_lost_user_lets_nobody_in(feed: str, token: str) -> None:
    """It looks at a user who is gone, and makes the best of every exception."""

    def swallows(attempt: RequestAttempt) -> Any:
        with suppress(Exception):
            str(attempt.user.get_username())
        return Allow()

    users().all().delete()
    with override_settings(BEARER={**settings.BEARER, "REQUEST_POLICY": swallows}):
        assert get("/key/", token).status_code == 401


def test_rows_of_the_user_are_found_by_the_key(feed: str, token: str) -> None:
    found = statements(feed, lambda: get("/rows/", token))
    assert len(found) == 1
    assert get("/rows/", token).json() == {"sessions": 1}


@pytest.mark.parametrize("path", ["/name/", "/rest-name/"])
def test_a_field_of_the_user_costs_one_statement(feed: str, token: str, path: str) -> None:
    get(path, token)
    assert len(statements(feed, lambda: get(path, token))) == 1
    assert get(path, token).json() == {"name": "ann@example.com"}


def ends() -> dict[str, Callable[[Any, str], object]]:
    """Each way in which a token ends before its expiry."""
    return {
        "logout": lambda user, token: get_session(token) and revoke_session(get_session(token)),
        "logout by update": lambda user, token: Session.objects.update(revoked_at=1),
        "token revoked": lambda user, token: revoke_token(token),
        "logout everywhere": lambda user, token: revoke_user(user),
        "issuer": lambda user, token: revoke_all_issuer_tokens(),
        "key": lambda user, token: revoke_key(kid_of(token)),
        "password": lambda user, token: users().update(password="!other"),
        "not active": lambda user, token: users().update(is_active=False),
        "session deleted": lambda user, token: Session.objects.all().delete(),
        "user deleted": lambda user, token: users().all()._raw_delete(users().db),
        "issuer deleted": lambda user, token: raw("DELETE FROM django_bearer_session"),
        "step-up": lambda user, token: Session.objects.update(authenticated_at=clock.now() + 10 * clock.SECOND),
        "other client": lambda user, token: Session.objects.update(client_id="other-client"),
        "bound": lambda user, token: Session.objects.update(binding="key"),
        "idle": lambda user, token: Session.objects.update(idle_ends_at=1),
        "ended": lambda user, token: Session.objects.update(ends_at=1),
    }


def raw(sql: str) -> None:
    with connections[users().db].cursor() as cursor:
        cursor.execute(sql)


def get_session(token: str) -> Session:
    found: Session = Session.objects.get(pk=decode_token(token).sid)
    return found


def kid_of(token: str) -> str:
    header = token.split(".")[0]
    return str(json.loads(base64url_decode(header))["kid"])


@pytest.mark.parametrize("end", ends())
@pytest.mark.parametrize("path", ["/key/", "/rest/", "/required/"])
def test_an_ended_token_is_refused_by_the_next_poll(feed: str, token: str, ann: Any, end: str, path: str) -> None:
    ends()[end](ann, token)
    answer = get(path, token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_fewer_scopes_are_those_of_the_session(feed: str, token: str) -> None:
    Session.objects.update(scope="notes:write")
    assert get("/required/", token).status_code == 403


def test_others_are_not_asked_for_because_of_one(feed: str, token: str, ann: Any) -> None:
    other = issue_session(ann)
    revoke_session(Session.objects.get(pk=other.session_id))
    assert get("/key/", other.access_token).status_code == 401
    assert statements(feed, lambda: get("/key/", token)) == []


def test_the_expiry_is_told_by_the_databases_time(feed: str, token: str) -> None:
    clock.advance(200)
    assert get("/key/", token).status_code == 200
    clock.advance(101)
    assert get("/key/", token).status_code == 401
    assert authenticate_refused(token)


def authenticate_refused(token: str) -> bool:
    try:
        authenticate_token(token)
    except HTTPRefusal:
        return True
    return False


def test_an_access_token_ends_with_its_idle_session(feed: str, ann: Any) -> None:
    with override_settings(BEARER={**settings.BEARER, "SESSION_IDLE_LIFETIME": 90}):
        issued = issue_session(ann)
        assert issued.expires_in == 90
        clock.advance(40)
        rotated = refresh_session(issued.refresh_token or "")
        assert rotated.expires_in == 90
        clock.advance(20)
        again = refresh_session(rotated.refresh_token or "")
        assert again.refresh_token is None
        assert again.expires_in in (69, 70)


@pytest.mark.parametrize("lifetime", [80, 90])
def test_a_leeway_does_not_prolong_a_session(lifetime: int, feed: str, ann: Any) -> None:
    given = {"SESSION_LIFETIME": lifetime, "SESSION_IDLE_LIFETIME": 80, "LEEWAY": 30}
    with override_settings(BEARER={**settings.BEARER, **given}):
        issued = issue_session(ann).access_token
        feed_install.forget_that_it_is_new(feed)
        feed_reader.stop()
        assert get("/key/", issued).status_code == 200
        clock.advance(85)
        assert get("/key/", issued).status_code == 401


# What a process does not know yet: the window in which a revoked token is still accepted.


@pytest.fixture
def unaware(token: str, feed: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A process whose next poll is not due, and a token that was revoked elsewhere meanwhile."""
    reader = feed_reader._readers[feed]
    monkeypatch.setattr(type(reader), "_read_here", lambda self: None)
    revoke_session(get_session(token))
    return token


def test_within_the_bound_it_is_accepted_where_only_the_key_is_used(unaware: str) -> None:
    assert get("/key/", unaware).status_code == 200


@pytest.mark.parametrize("path", ["/name/", "/swallowed/", "/rest-name/", "/pay/", "/pay-public/", "/rest-pay/"])
def test_whoever_asks_for_a_field_or_asks_exactly_refuses_at_once(unaware: str, path: str) -> None:
    answer = get(path, unaware)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


SENSITIVE = ("/recent/", "/rest-recent/", "/ninja/recent", "/by-function/", "/everywhere/", "/ticket/")
SENSITIVE += ("/graphql/?query={recent}",)
ASYNC_SENSITIVE = ("/recent-async/", "/pay-async/", "/by-function-async/", "/ninja/recent-async")
BY_USER = ("/name-async/", "/awaited/", "/field/", "/row/", "/page/", "/decorated/", "/ninja/name")


@pytest.mark.parametrize("path", SENSITIVE)
def test_a_sensitive_decision_asks_exactly(unaware: str, path: str) -> None:
    answer = get(path, unaware)
    assert answer.status_code == 401, answer.content
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


@pytest.mark.parametrize("path", SENSITIVE)
def test_it_is_taken_for_a_valid_token(token: str, path: str) -> None:
    assert get(path, token).status_code == 200


def test_in_a_broken_transaction_the_user_is_read_on_another_connection(token: str) -> None:
    assert get("/broken/", token).json() == {"name": "ann@example.com"}
    get("/broken/?revoke", token)
    assert get("/key/", token).status_code == 401


def test_it_is_refused_there_too(unaware: str) -> None:
    assert get("/broken/", unaware).status_code == 401


def aget(path: str, token: str, **options: Any) -> Any:
    async def ask() -> Any:
        client = AsyncClient(raise_request_exception=False)
        return await client.get(path, headers={"Authorization": f"Bearer {token}"}, **options)

    return async_to_sync(ask)()


@pytest.mark.parametrize("path", [*ASYNC_SENSITIVE, *BY_USER])
def test_async_views_ask_in_a_thread(unaware: str, path: str) -> None:
    answer = aget(path, unaware)
    assert answer.status_code == 401, answer.content


@pytest.mark.parametrize("path", BY_USER)
def test_async_code_uses_the_user_as_in_exact_mode(token: str, feed: str, path: str) -> None:
    answer = aget(path, token)
    assert answer.status_code == 200, answer.content
    assert answer.json()["name"] == "ann@example.com"
    with override_settings(BEARER={**settings.BEARER, "REVOCATION": "exact"}):
        assert aget(path, token).json() == answer.json()


@pytest.mark.parametrize("path", ASYNC_SENSITIVE)
def test_a_sensitive_async_view_takes_a_valid_token(token: str, path: str) -> None:
    assert aget(path, token).status_code == 200


def test_an_async_middleware_that_asks_for_the_user_works_and_refuses(token: str, feed: str) -> None:
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, "tests.http.test_feed_mode.asks_on_the_loop"]):
        assert aget("/name-async/", token)["X-Staff"] == "False"
        users().update(is_active=False)
        assert aget("/name-async/", token).status_code == 401


@async_only_middleware
def asks_on_the_loop(get_response: Any) -> Any:
    """A middleware that looks at the user after the view, and awaits nothing."""

    async def ask(request: Any) -> Any:
        response = await get_response(request)
        response["X-Staff"] = str(request.user.is_staff)
        return response

    return ask


@pytest.fixture
def threads(token: str, feed: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What our middleware does in a thread, in a process whose feed is read by another one, as in production."""
    reader, seen = feed_reader._readers[feed], list[str]()
    monkeypatch.setattr(Reader, "_read_here", lambda self: None)
    monkeypatch.setattr(Reader, "known", lambda self: (reader.state, reader.state.fresh, clock.through_suspend()))

    def counted(work: Any) -> Any:
        seen.append(getattr(work, "__name__", "process_view"))
        return sync_to_async(work)

    monkeypatch.setattr(middleware, "sync_to_async", counted)
    return seen


WITHOUT_ROUTER = pytest.mark.parametrize("database", [databases.EVERY[0]], indirect=True)


@WITHOUT_ROUTER
@pytest.mark.parametrize("path", ["/key-async/", "/key/", "/rest/"])
def test_what_the_feed_accepts_needs_no_thread(threads: list[str], token: str, feed: str, path: str) -> None:
    with override_settings(DATABASE_ROUTERS=[]):
        assert aget(path, token, secure=True).status_code == 200
        assert threads == []


@WITHOUT_ROUTER
@pytest.mark.parametrize(
    "what", ["changed", "api token", "policy", "router", "audience", "sync middleware", "no feed", "keys", "exact"]
)
def test_a_thread_where_something_is_to_be_asked(
    threads: list[str], token: str, feed: str, what: str, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {"DATABASE_ROUTERS": []}
    bearer: dict[str, Any] = {}
    match what:
        case "changed":
            feed_reader._readers[feed].state.add("user", decode_token(token).sub, clock.through_suspend())
        case "api token":
            token = issue_api_token(ann, name="machine", expires_in=3600).token
        case "policy":
            bearer["REQUEST_POLICY"] = lambda attempt: Allow()
        case "router":
            del given["DATABASE_ROUTERS"]
        case "audience":
            bearer["AUDIENCE"] = lambda request: "https://api.example.com/"
        case "sync middleware":  # below one that is async alone, so that ours still is called on the loop
            below = (f"{__name__}.asks_on_the_loop", f"{__name__}.asks_for_the_user")
            given["MIDDLEWARE"] = [*settings.MIDDLEWARE, *below]
        case "no feed":
            monkeypatch.setattr(Reader, "known", lambda self: None)
        case "keys":
            signing_keys.clear_cache()
        case "exact":
            bearer["REVOCATION"] = "exact"
    with override_settings(**given, BEARER={**settings.BEARER, **bearer}):
        assert aget("/key-async/", token, secure=True).status_code == 200
    assert "process_view" in threads


@WITHOUT_ROUTER
def test_a_policy_refuses_what_the_feed_accepts(threads: list[str], token: str, feed: str) -> None:
    bearer = {**settings.BEARER, "REQUEST_POLICY": lambda attempt: Refuse("no")}
    with override_settings(DATABASE_ROUTERS=[], BEARER=bearer):
        assert aget("/key-async/", token, secure=True).status_code == 403


@WITHOUT_ROUTER
def test_without_a_thread_an_expired_token_is_refused(threads: list[str], token: str, feed: str) -> None:
    with override_settings(DATABASE_ROUTERS=[]):
        clock.advance(301)
        assert aget("/key-async/", token, secure=True).status_code == 401
        clock.advance(200)
        assert aget("/key-async/", token, secure=True).status_code == 401


def test_a_middleware_that_needs_a_thread_is_told() -> None:
    assert without_reading.all_async(tuple(settings.MIDDLEWARE))
    assert not without_reading.all_async((*settings.MIDDLEWARE, f"{__name__}.asks_for_the_user"))


def test_an_event_loop_does_not_wait_long(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(from_event_loop, "LONGEST", 0.01)
    monkeypatch.setattr(feed_verification, "_user", lambda *_: answered.wait(HANG))
    try:
        assert aget("/field/", token).status_code == 503
    finally:
        answered.set()


def test_a_middleware_that_asks_for_the_user_refuses_too(unaware: str) -> None:
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, "tests.http.test_feed_mode.asks_for_the_user"]):
        assert get("/key/", unaware).status_code == 401


def asks_for_the_user(get_response: Any) -> Any:
    """A middleware that looks at the user after the view."""

    def ask(request: Any) -> Any:
        response = get_response(request)
        response["X-User"] = request.user.get_username()
        return response

    return ask


@pytest.mark.parametrize(
    "path", ["/auth/sessions/", "/auth/logout-everywhere/", "/auth/api-tokens/", "/auth/step-up/", "/auth/logout/"]
)
def test_our_own_endpoints_ask_exactly(unaware: str, path: str) -> None:
    client = Client(raise_request_exception=False)
    ask = client.get if path in ("/auth/sessions/", "/auth/api-tokens/") else client.post
    answer = ask(path, headers={"Authorization": f"Bearer {unaware}"}, content_type="application/json")
    assert answer.status_code == 401, answer.content


def test_functions_that_check_a_token_ask_exactly(unaware: str) -> None:
    assert authenticate_refused(unaware)
    with pytest.raises(HTTPRefusal):
        decode_token(unaware)


def test_within_a_transaction_the_database_is_asked(unaware: str, feed: str) -> None:
    with transaction.atomic(using=feed):
        assert get("/key/", unaware).status_code == 401


def test_an_api_token_is_always_asked_for(feed: str, ann: Any, token: str) -> None:
    issued = issue_api_token(ann, name="machine", expires_in=3600)
    assert get("/key/", issued.token).status_code == 200
    assert statements(feed, lambda: get("/key/", issued.token))


# What is decorated.


@pytest.mark.parametrize("path", ["/pay/", "/pay-public/"])
def test_a_view_that_asks_exactly_takes_a_valid_token(token: str, path: str) -> None:
    assert get(path, token).json()["auth"]


def test_it_asks_with_the_audience_of_its_view(feed: str, ann: Any, token: str) -> None:
    assert get("/rest-pay/", token).status_code == 401
    client = {"kind": "native", "audiences": ["https://billing.example.com/"]}
    clients = {**settings.BEARER["CLIENTS"], "phone": client}
    with override_settings(BEARER={**settings.BEARER, "CLIENTS": clients}):
        billing = issue_session(ann, client_id="phone").access_token
        assert get("/rest-pay/", billing).status_code == 200


def test_without_a_token_the_view_decides(feed: str) -> None:
    assert Client().get("/pay/").status_code == 401
    assert Client().get("/pay-public/").json() == {"auth": False}


def test_the_decorator_changes_nothing_in_exact_mode(token: str, feed: str) -> None:
    with override_settings(BEARER={**settings.BEARER, "REVOCATION": "exact"}):
        assert len(statements(feed, lambda: get("/pay/", token))) == 1


# What feed mode refuses to work with.


@exact_mode("a test of feed mode has the triggers from the beginning")
def test_without_triggers_nothing_is_accepted(database: str, ann: Any) -> None:
    token = issue_session(ann).access_token
    with override_settings(ROOT_URLCONF="tests.http.feed_views", BEARER={**settings.BEARER, "REVOCATION": "feed"}):
        answer = get("/key/", token)
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_a_dropped_trigger_is_noticed_by_the_next_poll(token: str, feed: str, ann: Any) -> None:
    from django_bearer.database import feed_triggers

    made = issue_api_token(ann, name="x", expires_in=3600)
    name, table = sorted(feed_triggers.existing(feed))[0]
    raw(f"DROP TRIGGER {name}" + (f" ON {table}" if connections[feed].vendor == "postgresql" else ""))
    feed_reader._readers[feed]._looked = float("-inf")
    assert get("/key/", token).status_code == 503
    assert get("/key/", made.token).status_code == 200, "an API token is looked up in its table"


def test_a_lost_feed_is_told_once(token: str, feed: str) -> None:
    reader = feed_reader._readers[feed]
    reader.fault = "gone"
    told: list[Any] = []
    from django_bearer import events

    events.security_event.connect(lambda event, **_: told.append(event.kind), weak=False, dispatch_uid="feed")
    try:
        raw(f"ALTER TABLE {FEED_TABLE} RENAME TO gone")
        assert [get("/key/", token).status_code for _ in range(3)] == [503] * 3
        raw(f"ALTER TABLE gone RENAME TO {FEED_TABLE}")
    finally:
        events.security_event.disconnect(dispatch_uid="feed")
    assert told.count(events.EventKind.REVOCATION_FEED_LOST) == 1
    assert get("/key/", token).status_code == 200


def test_tenants_with_schemas_are_refused(token: str, feed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connections[feed].schema_name = "tenant"
    try:
        assert get("/key/", token).status_code in (401, 503)
    finally:
        del connections[feed].schema_name
