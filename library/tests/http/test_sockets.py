"""WebSockets: who opens one, how long it stays open, and what closes it (ASVS 4.4.2 to 4.4.4, CWE-1385)."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from django_bearer import (
    authenticate_token,
    issue_api_token,
    issue_session,
    issue_ticket,
    refresh_session,
    revoke_api_token,
    revoke_session,
    revoke_token,
    revoke_user,
)
from django_bearer.database import own_threads
from django_bearer.errors import ConfigurationError
from django_bearer.http import https, open_sockets, sockets
from django_bearer.integrations.channels import BearerSocketMiddleware
from django_bearer.models import Ticket
from django_bearer.primitives import clock
from django_bearer.primitives.clock import SECOND
from tests.asgi_sockets import Socket
from tools.support.timeouts import HANG

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/ws/chat/"
OWN = "https://api.example.com"
SEEN: list[dict[str, Any]] = []


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says who it is, then everything that it hears."""
    SEEN.append(scope)
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
    await send({"type": "websocket.send", "text": f"hello {scope['user']}"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "text": f"{message.get('text')} by {scope['user']}"})


OPEN = BearerSocketMiddleware(echo)


@pytest.fixture(autouse=True)
def _clean(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    SEEN.clear()
    monkeypatch.setattr(open_sockets, "EVERY", 3_600.0)  # asked when a test says so
    settings.BEARER = {
        **settings.BEARER,
        "CLIENTS": {
            "first-party": {"kind": ["browser", "native"], "origins": ["https://app.example.com"]},
            "other-client": {"kind": ["browser", "native"], "origins": ["https://other.example.com"]},
        },
    }
    yield
    assert sockets._waiting == 0


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    """A whole second, as tokens count them."""
    with clock.frozen(clock.seconds() * SECOND):
        yield


@pytest.fixture
def session(ann: Any) -> Any:
    return issue_session(ann)


def ticket(token: str, path: str = PATH, purpose: str = "socket") -> str:
    return issue_ticket(authenticate_token(token), purpose=purpose, path=path).ticket


def run(work: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(work)()


def bearing(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


def renewal(token: str) -> str:
    return json.dumps({"type": "bearer", "token": token})


WAYS: dict[str, Callable[[str], dict[str, Any]]] = {
    "header": lambda token: {"headers": bearing(token)},
    "subprotocol": lambda token: {"subprotocols": ("chat.v1", f"bearer.{token}")},
    "ticket": lambda token: {"path": f"{PATH}?room=1&ticket={ticket(token)}"},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_token_opens_a_socket(way: str, session: Any) -> None:
    given = WAYS[way](session.access_token)

    async def work() -> None:
        socket = Socket(OPEN, **given)
        assert await socket.accepted() == ("chat.v1" if way == "subprotocol" else None)
        assert await socket.heard() == "hello ann@example.com"
        socket.say("tea")
        assert await socket.heard() == "tea by ann@example.com"
        await socket.leave()

    run(work)
    [scope] = SEEN
    assert scope["auth"].session_id == session.session_id
    told = str({name: value for name, value in scope.items() if name not in ("user", "auth")})
    assert session.access_token not in told
    assert "djb_tk_" not in told
    assert scope["query_string"] == (b"room=1" if way == "ticket" else b"")
    assert scope["subprotocols"] == (["chat.v1"] if way == "subprotocol" else [])


def test_a_first_message_opens_a_socket(session: Any) -> None:
    async def work() -> None:
        socket = Socket(OPEN, subprotocols=("django-bearer",))
        assert await socket.accepted() == "django-bearer"
        assert not SEEN
        socket.say(renewal(session.access_token))
        told = json.loads(await socket.heard())
        assert told["type"] == "bearer"
        assert 290 < told["expires_in"] <= 300
        assert await socket.heard() == "hello ann@example.com"
        await socket.leave()

    run(work)


def test_no_first_message_in_time(monkeypatch: Any) -> None:
    monkeypatch.setattr(sockets, "FIRST_MESSAGE", 0.01)

    async def work() -> None:
        assert await Socket(OPEN).closed() == 4401

    run(work)
    assert not SEEN


@pytest.mark.parametrize(
    "first", ["hello", "", "{}", '{"type": "bearer"}', '{"type": "bearer", "token": 7}', "[", "x" * 9000]
)
def test_what_is_no_first_message(first: str) -> None:
    async def work() -> None:
        socket = Socket(OPEN)
        socket.say(first)
        assert await socket.closed() == 4401

    run(work)


def test_a_client_that_goes_before_its_first_message() -> None:
    async def work() -> None:
        socket = Socket(OPEN)
        await socket.leave()
        assert [(await socket.get())["type"]] == ["websocket.accept"]
        assert socket.to_client.empty()

    run(work)


def test_so_many_wait_for_their_first_message(monkeypatch: Any) -> None:
    monkeypatch.setattr(sockets, "MOST_WAITING", 2)

    async def work() -> None:
        waiting = [Socket(OPEN), Socket(OPEN)]
        for one in waiting:
            await one.accepted()
        assert await Socket(OPEN).closed() == 1013
        for one in waiting:
            await one.leave()

    run(work)


@pytest.mark.parametrize("bad", ["garbage", "e30.e30.e30", "djb_tk_" + "A" * 49, ""])
def test_no_token(bad: str) -> None:
    async def work() -> None:
        assert await Socket(OPEN, headers=bearing(bad)).closed() == 4401
        assert await Socket(OPEN, subprotocols=(f"bearer.{bad}",)).closed() == 4401 if bad else True
        assert await Socket(OPEN, f"{PATH}?ticket=djb_tk_{bad}").closed() == 4401

    run(work)
    assert not SEEN


def test_a_token_in_the_query_opens_nothing(session: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(sockets, "FIRST_MESSAGE", 0.01)

    async def work() -> None:
        for name in ("token", "access_token", "ticket"):
            assert await Socket(OPEN, f"{PATH}?{name}={session.access_token}").closed() == 4401

    run(work)


def test_a_ticket_opens_one_socket_at_its_path(session: Any) -> None:
    once, elsewhere, download = (
        ticket(session.access_token),
        ticket(session.access_token, "/ws/other/"),
        ticket(session.access_token, PATH, "download"),
    )

    async def work() -> None:
        first = Socket(OPEN, f"{PATH}?ticket={once}")
        await first.accepted()
        assert first.scope["query_string"] == b""  # what a server logs afterwards
        for text in (once, elsewhere, download):
            assert await Socket(OPEN, f"{PATH}?ticket={text}").closed() == 4401
        await first.leave()

    run(work)


def test_several_credentials(session: Any) -> None:
    token = session.access_token
    text = ticket(token)

    async def work() -> None:
        assert await Socket(OPEN, headers=bearing(token), subprotocols=(f"bearer.{token}",)).closed() == 4400
        assert await Socket(OPEN, f"{PATH}?ticket={text}", headers=bearing(token)).closed() == 4400
        assert await Socket(OPEN, f"{PATH}?ticket={text}&ticket={text}").closed() == 4400

    run(work)
    assert not Ticket.objects.exists()  # ended, since it may have been logged on the way


def test_a_refused_handshake_leaves_no_ticket_for_the_log(session: Any) -> None:
    text = ticket(session.access_token)

    async def work() -> None:
        socket = Socket(OPEN, f"{PATH}?a=1&ticket={text}&ticket={text}")
        assert await socket.closed() == 4400
        assert socket.scope["query_string"] == b"a=1"

    run(work)
    assert not Ticket.objects.exists()


def test_our_cookies_are_not_the_consumers(session: Any) -> None:
    sent = "a=1;b=2; __Host-bearer-x=secret; __secure-Bearer-ticket=secret"

    async def work() -> None:
        for cookie in (sent, "__Host-bearer-x=secret", "a=1;b=2"):
            headers = bearing(session.access_token, Cookie=cookie)
            socket = Socket(OPEN, headers=headers, cookies={"a": "1", "__Host-bearer-x": "secret"})
            await socket.accepted()
            await socket.leave()

    run(work)
    assert [dict(scope["headers"]).get(b"cookie") for scope in SEEN] == [b"a=1; b=2", None, b"a=1;b=2"]
    assert all(scope["cookies"] == {"a": "1"} for scope in SEEN)


ORIGINS = {
    None: None,
    OWN: None,
    "https://app.example.com": None,
    "https://other.example.com": 4403,  # another client's than the session's
    "https://evil.example": 4403,
    "https://api.example.com.evil.example": 4403,
    "https://api.example.com:8443": 4403,
    "http://api.example.com": 4403,
    "null": 4403,
    "": 4403,
}


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("way", [*WAYS, "message"])
def test_the_origin_of_a_page(way: str, origin: str | None, session: Any) -> None:
    given = {"headers": {}} if way == "message" else {"headers": {}, **WAYS[way](session.access_token)}
    if origin is not None:
        given["headers"] = {**given["headers"], "Origin": origin}

    async def work() -> None:
        socket = Socket(OPEN, **given)
        if way == "message":
            socket.say(renewal(session.access_token))
        if ORIGINS[origin] is not None:
            assert await socket.closed() == ORIGINS[origin]
            return
        await socket.accepted()
        await socket.leave()

    run(work)


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_login_by_cookie_always_needs_an_origin(origin: str | None, ann: Any) -> None:
    headers = {} if origin is None else {"Origin": origin}
    allowed = (OWN, "https://app.example.com", "https://other.example.com")

    async def work() -> None:
        socket = Socket(OPEN, headers=headers, user=ann)
        if origin in allowed:
            await socket.accepted()
            assert await socket.heard() == "hello ann@example.com"
            socket.say(renewal("x"))
            socket.say("tea")
            assert await socket.heard() == "tea by ann@example.com"
            await socket.leave()
        else:
            assert await socket.closed() == 4403

    run(work)


def test_scopes_and_audience(ann: Any) -> None:
    writing = BearerSocketMiddleware(echo, scopes=["notes:write"])
    billing = BearerSocketMiddleware(echo, audience="https://billing.example.com/")
    narrow, wide = (issue_session(ann, scope=scope).access_token for scope in (["notes:read"], None))

    async def work() -> None:
        assert await Socket(writing, headers=bearing(narrow)).closed() == 4403
        assert await Socket(billing, headers=bearing(wide)).closed() == 4401
        socket = Socket(writing, headers=bearing(wide))
        await socket.accepted()
        socket.say(renewal(narrow))
        assert await socket.closed() == 4401  # another session
        with pytest.raises(ConfigurationError):
            BearerSocketMiddleware(echo, audience="")

    run(work)


def test_it_is_closed_when_the_token_expires(session: Any) -> None:
    async def work() -> None:
        clock.advance(299.95)
        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        assert await socket.closed() == 4401

    run(work)


def test_a_renewal_on_the_open_socket(session: Any) -> None:
    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        await socket.heard()
        clock.advance(60)
        newer = await sync_to_async(refresh_session)(session.refresh_token)
        socket.say(renewal(newer.access_token))
        assert json.loads(await socket.heard()) == {"type": "bearer", "expires_in": 300}
        found = await sync_to_async(authenticate_token)(newer.access_token)
        assert SEEN[0]["auth"].claims == found.claims
        clock.advance(250)  # the first token is over by now
        socket.say("tea")
        assert await socket.heard() == "tea by ann@example.com"
        await socket.leave()

    run(work)


@pytest.mark.parametrize("other", ["session", "user", "garbage", "expired", "api"])
def test_what_renews_no_socket(other: str, session: Any, ann: Any, django_user_model: Any) -> None:
    bob = django_user_model.objects.create(**{django_user_model.USERNAME_FIELD: "bob"})
    token = {
        "session": lambda: issue_session(ann).access_token,
        "user": lambda: issue_session(bob).access_token,
        "garbage": lambda: "garbage",
        "expired": lambda: session.access_token,
        "api": lambda: issue_api_token(ann, name="x", expires_in=3600).token,
    }[other]()

    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        if other == "expired":
            clock.advance(301)
        socket.say(renewal(token))
        socket.say("tea")
        assert await socket.closed() == 4401
        assert socket.to_client.empty()

    run(work)


ENDS: dict[str, Callable[[Any, Any], object]] = {
    "session": lambda session, ann: revoke_session(session.session_id),
    "everywhere": lambda session, ann: revoke_user(ann),
    "token": lambda session, ann: revoke_token(session.access_token),
    "inactive": lambda session, ann: type(ann).objects.update(is_active=False),
    "gone": lambda session, ann: type(ann).objects.all().delete(),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_socket_is_closed_when_its_session_has_ended(end: str, session: Any, ann: Any) -> None:
    other = issue_session(ann) if end in ("session", "token") else None

    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(session.access_token))
        stays = Socket(OPEN, headers=bearing(other.access_token)) if other else None
        await socket.accepted()
        await open_sockets.watch().look()
        socket.say("tea")
        assert (await socket.heard(), await socket.heard())[1] == "tea by ann@example.com"
        await sync_to_async(ENDS[end])(session, ann)
        await open_sockets.watch().look()
        socket.say("more tea")
        assert await socket.closed() == 4401
        if stays is not None:
            await stays.accepted()
            await stays.leave()
        assert not open_sockets.watch().sockets

    run(work)


def test_a_password_that_changed_closes_it(session: Any, ann: Any) -> None:
    def change() -> None:
        ann.set_password("another password")
        ann.save()

    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        await sync_to_async(change)()
        await open_sockets.watch().look()
        assert await socket.closed() == 4401

    run(work)


def test_a_machine_is_let_in_until_its_token_is_revoked(ann: Any) -> None:
    machine = issue_api_token(ann, name="x", expires_in=3600)

    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(machine.token))
        await socket.accepted()
        await open_sockets.watch().look()
        assert not socket.task.done()
        await sync_to_async(revoke_api_token)(machine.id)
        await open_sockets.watch().look()
        assert await socket.closed() == 4401

    run(work)


def test_while_the_database_does_not_answer_sockets_stay_for_half_a_minute(session: Any, monkeypatch: Any) -> None:
    def broken(*args: Any) -> Any:
        raise OSError

    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        monkeypatch.setattr(open_sockets.open_sessions, "ended", broken)
        await open_sockets.watch().look()
        assert not socket.task.done()
        monkeypatch.setattr(open_sockets, "MOST_UNKNOWN", 0.0)
        await open_sockets.watch().look()
        assert await socket.closed() == 1013

    run(work)


def test_a_client_that_does_not_read_keeps_no_other_socket_open(session: Any, ann: Any, monkeypatch: Any) -> None:
    other = issue_session(ann)

    async def never(self: Any, code: int) -> None:
        if self.principal.session_id == session.session_id:
            await asyncio.Event().wait()
        await end(self, code)

    end = sockets._Socket.end
    monkeypatch.setattr(sockets._Socket, "end", never)

    async def work() -> None:
        deaf = Socket(OPEN, headers=bearing(session.access_token))
        socket = Socket(OPEN, headers=bearing(other.access_token))
        await deaf.accepted()
        await socket.accepted()
        for one in (session, other):
            await sync_to_async(revoke_session)(one.session_id)
            await asyncio.wait_for(open_sockets.watch().look(), HANG)
        assert await socket.closed() == 4401
        monkeypatch.setattr(open_sockets, "MOST_CLOSING", 0.0)
        open_sockets.watch()._close(open_sockets.watch().sockets, 4401)  # given up, and logged
        await deaf.leave()

    run(work)


def test_synchronous_code_that_is_slow_holds_no_question(session: Any) -> None:
    done = threading.Event()

    async def work() -> None:
        begun, loop = asyncio.Event(), asyncio.get_running_loop()

        def holds() -> None:
            loop.call_soon_threadsafe(begun.set)
            done.wait(HANG)

        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        await sync_to_async(revoke_session)(session.session_id)
        slow = asyncio.ensure_future(sync_to_async(holds)())
        await begun.wait()
        await open_sockets.watch().look()
        assert await socket.closed() == 4401
        assert not slow.done()
        done.set()
        await slow

    run(work)


def test_synchronous_code_that_is_slow_holds_no_renewal(session: Any) -> None:
    """A view that takes minutes would otherwise hold it until the socket has expired."""
    done = threading.Event()

    async def work() -> None:
        begun, loop = asyncio.Event(), asyncio.get_running_loop()

        def holds() -> None:
            loop.call_soon_threadsafe(begun.set)
            done.wait(HANG)

        opened = [Socket(OPEN, headers=bearing(session.access_token)) for _ in range(own_threads.MOST + 2)]
        for socket in opened:
            await socket.accepted()
            assert (await socket.heard()).startswith("hello")
        slow = asyncio.ensure_future(sync_to_async(holds)())
        await begun.wait()
        try:
            for socket in opened:  # more than there are threads: each waits for its turn
                socket.say(renewal(session.access_token))
            for socket in opened:
                assert json.loads(await socket.heard())["type"] == "bearer"
            opened[0].say(renewal("of.nobody.else"))
            assert await opened[0].closed() == 4401
            assert not slow.done()
        finally:
            done.set()
        await slow
        for socket in opened[1:]:
            await socket.leave()

    run(work)


def test_a_renewal_that_the_database_does_not_answer_closes_the_socket(session: Any, monkeypatch: Any) -> None:
    async def never(*arguments: Any) -> Any:
        raise TimeoutError

    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        monkeypatch.setattr(own_threads, "run", never)
        socket.say(renewal(session.access_token))
        assert await socket.closed() == 1013

    run(work)


def test_a_database_that_never_answers_closes_the_sockets(session: Any, monkeypatch: Any) -> None:
    done = threading.Event()
    asked = []

    def hangs(*args: Any) -> Any:
        asked.append(done.wait(HANG))
        return set()

    async def work() -> None:
        monkeypatch.setattr(open_sockets.open_sessions, "ended", hangs)
        monkeypatch.setattr(open_sockets, "MOST_UNKNOWN", 0.0)
        monkeypatch.setattr(open_sockets, "LEAST_ANSWER", 0.01)
        for _ in range(own_threads.MOST + 1):
            socket = Socket(OPEN, headers=bearing(session.access_token))
            await socket.accepted()
            await asyncio.wait_for(open_sockets.watch().look(), HANG)
            assert await socket.closed() == 1013

    before = set(threading.enumerate())
    run(work)
    done.set()
    for thread in set(threading.enumerate()) - before:
        if thread.name == "django-bearer-question":
            thread.join(HANG)
    assert len(asked) == own_threads.MOST


def test_the_watch_asks_by_itself_and_ends_with_the_last_socket(session: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(open_sockets, "EVERY", 0.01)

    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        await sync_to_async(revoke_session)(session.session_id)
        assert await socket.closed() == 4401
        assert open_sockets.watch()._task is None

    run(work)


def test_plain_http_opens_nothing(session: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    https.state.seen = True
    text = ticket(session.access_token)

    async def work() -> None:
        clear = {"scheme": "ws", "client": "93.184.216.7"}
        assert await Socket(OPEN, f"{PATH}?ticket={text}", **clear).closed() == 4400
        assert await Socket(OPEN, headers=bearing(session.access_token), **clear).closed() == 4400
        assert await Socket(OPEN, headers=bearing(session.access_token)).closed() == 4401  # exposed, so revoked

    run(work)
    assert not Ticket.objects.exists()


def test_an_application_that_refuses_or_fails(session: Any) -> None:
    async def refuses(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4000})
        await send({"type": "websocket.send", "text": "after the end"})

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    async def work() -> None:
        headers = bearing(session.access_token)
        socket = Socket(BearerSocketMiddleware(refuses), headers=headers)
        assert await socket.closed() == 4000
        assert socket.to_client.empty()
        with pytest.raises(ZeroDivisionError):
            await Socket(BearerSocketMiddleware(fails), headers=headers).task
        assert not open_sockets.watch().sockets

    run(work)


def test_other_scopes_pass_through() -> None:
    called = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        called.append(scope["type"])

    async def work() -> None:
        nothing: Any = SimpleNamespace()
        await BearerSocketMiddleware(application)({"type": "lifespan"}, nothing, nothing)

    run(work)
    assert called == ["lifespan"]


SPELLINGS: dict[str, Callable[[str], str | bytes]] = {
    "order": lambda token: f'{{"token": "{token}", "type": "bearer"}}',
    "spaces": lambda token: " " * 60 + renewal(token) + "\n",
    "escapes": lambda token: f'{{"\\u0074ype": "be\\u0061rer", "tok\\u0065n": "{token}"}}',
    "binary": lambda token: renewal(token).encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("first", [True, False])
def test_a_message_with_a_token_in_another_spelling(spelling: str, first: bool, session: Any) -> None:
    content = SPELLINGS[spelling](session.access_token)
    kind = "text" if isinstance(content, str) else "bytes"

    async def work() -> None:
        socket = Socket(OPEN, headers={} if first else bearing(session.access_token))
        await socket.accepted()
        if not first:
            await socket.heard()
        socket.to_application.put_nowait({"type": "websocket.receive", kind: content})
        assert json.loads(await socket.heard())["type"] == "bearer"
        await socket.leave()

    run(work)


MISSHAPEN = [
    '{"type": "bearer"}',
    '{"type": "bearer", "token": ""}',
    '{"type": "bearer", "token": 7}',
    '{"type": "bearer", "token": "x", "more": 1}',
    '{"type": "bearer", "token": "x", "token": "y"}',
    '{"type": "bearer", "token": "x", "more": NaN}',
    '\ufeff{"type": "bearer", "token": "x"}',
]


@pytest.mark.parametrize("text", MISSHAPEN)
def test_a_message_of_our_type_in_another_shape_reaches_no_consumer(text: str, session: Any) -> None:
    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        await socket.heard()
        socket.say(text)
        assert (await socket.get()) == {"type": "websocket.close", "code": 4400}
        await asyncio.wait_for(socket.task, HANG)

    run(work)


def test_messages_of_the_application_are_its_own(session: Any) -> None:
    kept = [
        '{"a": "bearer", "token": "x"}',
        '{"type": "token", "of": {"type": "bearer"}}',
        '[{"type": "bearer", "token": "x"}]',
        '{"a": "bearer", "a": "bearer"}',
        "{bearer",
        "{" * 10_000 + "bearer",
        "[]",
        "x" * 20_000,
    ]

    async def work() -> None:
        socket = Socket(OPEN, headers=bearing(session.access_token))
        await socket.accepted()
        await socket.heard()
        for text in kept:
            socket.say(text)
            assert await socket.heard() == f"{text} by ann@example.com"
        socket.to_application.put_nowait({"type": "websocket.receive", "bytes": b"\x00"})
        assert await socket.heard() == "None by ann@example.com"
        await socket.leave()

    run(work)
