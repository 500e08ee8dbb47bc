"""Tickets: one place, once, for half a minute, and dead with the session (ASVS 4.4.3, 14.2.1)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client

from django_bearer import (
    accepts_ticket,
    authenticate_token,
    issue_api_token,
    issue_session,
    issue_ticket,
    redeem_ticket,
    revoke_key,
    revoke_session,
    revoke_token,
    revoke_user,
)
from django_bearer.errors import (
    ConfigurationError,
    InsideTransaction,
    InvalidRequest,
    InvalidScope,
    InvalidTicket,
    InvalidToken,
    SessionRequired,
)
from django_bearer.events import EventKind
from django_bearer.functions import decode_token
from django_bearer.http import https, open_streams, ticket_texts
from django_bearer.models import Ticket
from django_bearer.primitives import clock
from django_bearer.sessions import cleanup
from django_bearer.tokens import ticket as ticket_format
from tests.endpoints import ticket_urls

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.endpoints.ticket_urls")]
INVOICE = "/invoices/7/"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    ticket_urls.SEEN.clear()
    with clock.frozen():
        yield


@pytest.fixture
def access(ann: Any) -> str:
    return str(issue_session(ann).access_token)


def asked(token: str, path: str = INVOICE, purpose: str = "download", at: str = "/auth/", **more: Any) -> Any:
    body = {"purpose": purpose, "path": path, **more}
    return Client().post(
        f"{at}tickets/", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )


def ticket(token: str, path: str = INVOICE, purpose: str = "download", **more: Any) -> str:
    found = asked(token, path, purpose, **more)
    assert found.status_code == 201, found.content
    return str(found.json()["ticket"])


def get(url: str, text: str, client: Client | None = None, **more: Any) -> Any:
    return (client or Client()).get(url, {"ticket": text} if text else {}, **more)


@pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
def test_a_ticket_opens_its_place_once(at: str, access: str) -> None:
    made = asked(access, at=at)
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    body = made.json()
    assert body == {"ticket": body["ticket"], "purpose": "download", "path": INVOICE, "expires_in": 30}
    first = get(INVOICE, body["ticket"])
    assert first.json() == {"user": "ann@example.com", "scopes": ["notes:read", "notes:write"], "ticket": None}
    assert not first.cookies
    second = get(INVOICE, body["ticket"])
    assert (second.status_code, second.json()["code"]) == (401, "ticket_refused")
    assert 'error="invalid_token"' in second["WWW-Authenticate"]


@pytest.mark.parametrize("path", ["/page/", "/drf-file/", "/report/", "/ninja/file"])
def test_every_kind_of_view_accepts_it(path: str, access: str) -> None:
    assert get(path, ticket(access, path)).status_code == 200
    assert Client().get(path).status_code == 401
    assert Client().get(path, headers={"Authorization": f"Bearer {access}"}).status_code == 200


@pytest.mark.parametrize("path", ["/plain-who/", "/drf/", "/plain/"])
def test_a_view_that_does_not_accept_tickets_takes_none(path: str, access: str) -> None:
    found = get(path, ticket(access, path))
    assert found.status_code == 401 or found.json() == {"user": "AnonymousUser", "auth": False}
    assert Ticket.objects.get().redeemed_at is None


def test_only_a_digest_is_stored(access: str) -> None:
    text = ticket(access)
    assert bytes(Ticket.objects.get().digest) == ticket_format.digest_of(text)
    assert text not in str(Ticket.objects.values().get())
    assert access not in str(Ticket.objects.values().get())


def test_it_is_no_bearer_token(access: str) -> None:
    text = ticket(access)
    headers = {"Authorization": f"Bearer {text}"}
    for path in (INVOICE, "/drf/", "/plain/"):
        assert Client().get(path, headers=headers).status_code == 401
    with pytest.raises(InvalidToken):
        authenticate_token(text)
    with pytest.raises(InvalidToken):
        decode_token(text)
    for path in ("refresh/", "verify/", "logout/"):
        body = {"refresh_token": text, "token": text}
        found = Client().post(f"/auth/{path}", body, content_type="application/json")
        assert found.status_code in (200, 204, 400, 401)
        assert "access_token" not in str(found.content)
        assert '"active": true' not in str(found.content)
    assert get(INVOICE, text).status_code == 200  # nothing of this spent it


def test_another_place_another_purpose_too_late(access: str) -> None:
    text = ticket(access)
    assert get("/invoices/8/", text).status_code == 401
    assert get("/page/", text).status_code == 401
    assert get("/films/x", ticket(access, "/films/x")).status_code == 401
    assert get(INVOICE, text).status_code == 200
    late = ticket(access)
    clock.advance(30)
    assert get(INVOICE, late).json()["code"] == "ticket_refused"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_get_and_head_only(method: str, access: str) -> None:
    text = ticket(access, "/page/")
    assert getattr(Client(), method)(f"/page/?ticket={text}").status_code == 401
    assert Client().head(f"/page/?ticket={text}").status_code == 200


@pytest.mark.parametrize("end", ["session", "user", "token", "key", "inactive", "password", "gone"])
def test_it_is_dead_with_what_it_was_made_by(end: str, ann: Any) -> None:
    session = issue_session(ann)
    text, film = ticket(session.access_token), ticket(session.access_token, "/films/x", "media")
    browser = Client()
    assert get("/films/x", film, browser, secure=True).status_code == 206
    claims = decode_token(session.access_token)
    match end:
        case "session":
            revoke_session(session.session_id)
        case "user":
            revoke_user(ann)
        case "token":
            revoke_token(session.access_token)
        case "key":
            header = session.access_token.split(".")[0]
            import base64

            revoke_key(json.loads(base64.urlsafe_b64decode(header + "=="))["kid"])
        case "inactive":
            type(ann).objects.update(is_active=False)
        case "password":
            ann.set_password("another password")
            ann.save()
        case "gone":
            type(ann).objects.all().delete()
    assert claims.sid == session.session_id
    assert get(INVOICE, text).status_code == 401
    assert get("/films/x", "", browser, secure=True).status_code == 401


def test_a_ticket_may_do_less_and_never_more(ann: Any) -> None:
    narrow = issue_session(ann, scope=["notes:read"]).access_token
    assert asked(narrow, scope="notes:write").json()["code"] == "invalid_scope"
    assert get("/report/", ticket(narrow, "/report/")).json()["code"] == "insufficient_scope"
    wide = issue_session(ann).access_token
    assert get(INVOICE, ticket(wide, scope="notes:read")).json()["scopes"] == ["notes:read"]
    assert get("/report/", ticket(wide, "/report/", scope="notes:read")).status_code == 403


def test_a_ticket_makes_no_other_ticket(access: str) -> None:
    """Otherwise each would last beyond the one before, and the access token's end would mean nothing."""
    bearer = redeem_ticket(ticket(access), purpose="download", path=INVOICE)
    with pytest.raises(SessionRequired):
        issue_ticket(bearer, purpose="download", path=INVOICE)


def test_another_audience(access: str) -> None:
    assert get("/bill/", ticket(access, "/bill/")).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "//", "invoices/7/", "https://evil.example/", "//evil.example/x", "/a?b", "/a#b", "/a b", "/a;b"),
        *("/a\n", "/../a", "/a/./b", "/a/%2e%2e/b", "/a/..", "/a//b", "/a/%2F%2f", "/a\\b", "/a%5cb", "/a%00"),
        *("/" + "a" * 500, None, 7, ["/a"], "/ä", "/a//"),
    ],
)
def test_what_is_no_plain_path(path: Any, access: str) -> None:
    found = asked(access, path)
    assert (found.status_code, found.json()["code"]) == (400, "invalid_request")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("purpose", ["", "Download", "a b", "ä", "x" * 41, "7", None, 7, "a\n"])
def test_what_is_no_purpose(purpose: Any, access: str) -> None:
    assert asked(access, purpose=purpose).json()["code"] == "invalid_request"


def test_a_path_is_compared_as_it_is_decoded(access: str) -> None:
    assert get("/films/a%20b", ticket(access, "/films/a%20b", "media"), secure=True).status_code == 206


def test_who_may_ask(ann: Any, access: str) -> None:
    machine = issue_api_token(ann, name="x", expires_in=3600).token
    assert asked(machine).json()["code"] == "session_required"
    assert asked("").status_code == 401
    principal = authenticate_token(machine)
    with pytest.raises(SessionRequired):
        issue_ticket(principal, purpose="download", path=INVOICE)
    assert Client().get("/auth/tickets/").status_code == 405
    session = Client()
    session.force_login(ann)
    assert session.post("/auth/tickets/", {}, content_type="application/json").status_code == 401


def test_a_session_asks_for_so_many(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "TOKEN_RATE_LIMITS": {"ticket": "2/minute"}}
    one, other = (issue_session(ann).access_token for _ in range(2))
    assert [asked(one).status_code for _ in range(3)] == [201, 201, 429]
    assert asked(one, "not a path").status_code == 400
    assert asked(other).status_code == 201


def test_a_cookie_goes_on_below_its_path(access: str) -> None:
    browser = Client()
    text = ticket(access, "/films/dune/", "media")
    first = get("/films/dune/1.ts", text, browser, secure=True)
    assert first.status_code == 206
    [cookie] = first.cookies.values()
    assert cookie.key == "__Secure-bearer-ticket"
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == ("/films/dune/", 600, "Strict")
    assert cookie["httponly"]
    assert cookie["secure"]
    assert not cookie["domain"]
    second = browser.get("/films/dune/2.ts", headers={"Range": "bytes=10-19"}, secure=True)
    assert (second.status_code, second.content) == (206, b"0123456789")
    again = get("/films/dune/1.ts", text, browser, secure=True)  # a player asks for the URL it was given
    assert again.status_code == 206
    assert not again.cookies
    assert get("/films/dune/1.ts", text, secure=True).status_code == 401  # somebody else has the URL alone
    other = {"HTTP_COOKIE": f"__Secure-bearer-ticket={cookie.value}", "secure": True}
    assert Client().get("/films/alien/1.ts", **other).status_code == 401
    assert Client().get("/films/dune/../alien/1.ts", **other).status_code == 401
    assert Client().post("/films/dune/1.ts", **other).status_code == 401
    assert Client().get("/events/", **other).status_code == 401
    assert Client().get(INVOICE, **other).status_code == 401
    assert get(INVOICE, cookie.value).status_code == 401
    clock.advance(600)
    assert Client().get("/films/dune/1.ts", **other).status_code == 401


def test_the_cookie_outlives_the_access_token_and_not_the_session(ann: Any) -> None:
    session, browser = issue_session(ann), Client()
    get("/films/x", ticket(session.access_token, "/films/x", "media"), browser, secure=True)
    clock.advance(500)
    assert browser.get("/films/x", secure=True).status_code == 206
    assert browser.get("/films/x", secure=True)["Cache-Control"] == "private"
    revoke_session(session.session_id)
    assert browser.get("/films/x", secure=True).status_code == 401


def test_no_view_sees_the_cookie(access: str) -> None:
    header = "a=b; __Secure-bearer-ticket=x; \u00a0__Secure-Bearer-ticket=y; c=d"
    found = Client().get("/who/", HTTP_COOKIE=header)
    assert found.wsgi_request.COOKIES == {"a": "b", "c": "d"}


def test_an_old_cookie_hinders_no_other_login(ann: Any, access: str) -> None:
    browser = Client(HTTP_COOKIE="__Secure-bearer-ticket=djb_tk_old")
    assert browser.get("/films/x", headers={"Authorization": f"Bearer {access}"}).status_code == 206
    assert browser.get("/films/x").json()["code"] == "not_authenticated"


def test_two_credentials(access: str) -> None:
    one, two = ticket(access), ticket(access)
    found = get(INVOICE, one, headers={"Authorization": f"Bearer {access}"})
    assert (found.status_code, found.json()["code"]) == (400, "multiple_credentials")
    assert Client().get(f"{INVOICE}?ticket={one}&ticket={two}").status_code == 400


def test_another_site_causes_no_request_with_a_ticket(access: str) -> None:
    text = ticket(access, "/films/x", "media")
    found = get("/films/x", text, headers={"Sec-Fetch-Site": "cross-site"})
    assert (found.status_code, found.json()["code"]) == (403, "origin_refused")
    assert get("/films/x", text, headers={"Sec-Fetch-Site": "same-site"}).status_code == 206


def test_the_login_of_django_is_not_asked_beside_a_refused_ticket(ann: Any) -> None:
    browser = Client()
    browser.force_login(ann)
    assert browser.get("/page/").status_code == 200
    assert get("/page/", "djb_tk_" + "A" * 49, browser).status_code == 401


@pytest.mark.parametrize(
    "bad", ["djb_tk_", "djb_tk_" + "A" * 49, "djb_tk_" + "A" * 5000, "djb_tk_%00", "x", "", "%ff"]
)
def test_what_is_no_ticket(bad: str, access: str) -> None:
    assert Client().get(f"{INVOICE}?ticket={bad}").status_code == 401


def test_nobody_below_reads_the_ticket(access: str, caplog: Any) -> None:
    text = ticket(access)
    found = get(INVOICE, text, RAW_URI=f"{INVOICE}?ticket={text}", REQUEST_URI=f"{INVOICE}?a=1&ticket={text}")
    assert ticket_urls.SEEN == [INVOICE]
    assert found["Referrer-Policy"] == "no-referrer"
    assert text not in str(found.wsgi_request.META)
    assert found.wsgi_request.META["RAW_URI"] == INVOICE
    with caplog.at_level(logging.DEBUG):
        get(INVOICE, text)
    assert text not in caplog.text


def test_the_login_page_gets_no_ticket(access: str, settings: Any) -> None:
    settings.LOGIN_URL = "/login/"
    text = ticket(access, "/page/")
    found = Client().get(
        f"/nowhere/?a=1&ticket={text}&next=/page/%3Fticket%3D{text}", headers={"Accept": "text/html"}
    )
    assert found.status_code == 404
    assert text not in str(found.wsgi_request.build_absolute_uri())
    page = Client().get(f"/web-closed/?x={text}", headers={"Accept": "text/html"})
    assert text not in str(page.headers)


def test_a_ticket_over_plain_http_is_ended(access: str, settings: Any, rf: Any) -> None:
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    https.state.seen = True
    made = Client().post(
        "/auth/tickets/",
        {"purpose": "download", "path": INVOICE},
        content_type="application/json",
        headers={"Authorization": f"Bearer {access}"},
        secure=True,
    )
    text = made.json()["ticket"]
    found = get(INVOICE, text, REMOTE_ADDR="93.184.216.7")
    assert (found.status_code, found.json()["code"]) == (400, "insecure_transport")
    assert not Ticket.objects.exists()
    assert get(INVOICE, text, secure=True).status_code == 401


def test_a_stream_ends_with_its_session(ann: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(open_streams, "EVERY", 0.0)
    session = issue_session(ann)
    stream = get("/events/", ticket(session.access_token, "/events/", "events"), secure=True)
    parts = iter(stream.streaming_content)
    assert [next(parts), next(parts)] == [b"data: tick\n\n"] * 2
    clock.advance(3_600)  # what was let in goes on when token and cookie are over
    assert next(parts) == b"data: tick\n\n"
    revoke_session(session.session_id)
    assert list(parts) == []


def test_an_async_stream_that_is_silent_ends_with_its_session(ann: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(open_streams, "EVERY", 0.01)

    async def listen() -> list[bytes]:
        session = await sync_to_async(issue_session)(ann)
        text = await sync_to_async(ticket)(session.access_token, "/quiet/", "events")
        stream: Any = await AsyncClient().get("/quiet/", {"ticket": text})
        assert stream.status_code == 200
        clock.reset()
        parts = aiter(stream.streaming_content)
        found = [await anext(parts)]
        await sync_to_async(revoke_session)(session.session_id)
        return found + [part async for part in parts]

    assert asyncio.run(listen()) == [b"data: begun\n\n"]


def test_the_public_functions(access: str, ann: Any) -> None:
    principal = authenticate_token(access)
    made = issue_ticket(principal, purpose="socket", path="/ws/", scope=["notes:read"])
    assert made.ticket not in repr(made)
    with pytest.raises(InvalidTicket):
        redeem_ticket(made.ticket, purpose="download", path="/ws/")
    found = redeem_ticket(made.ticket, purpose="socket", path="/ws/")
    assert (found.user, found.session_id, found.scopes) == (ann, principal.session_id, {"notes:read"})
    assert found.expires_at() == principal.expires_at()
    with pytest.raises(InvalidTicket):
        redeem_ticket(made.ticket, purpose="socket", path="/ws/")
    with pytest.raises(InvalidRequest):
        issue_ticket(principal, purpose="socket", path="/ws/?a")
    with pytest.raises(InvalidScope):
        issue_ticket(principal, purpose="socket", path="/ws/", scope=["other"])


def test_redeeming_in_a_transaction(access: str) -> None:
    from django.db import transaction

    text = ticket(access)
    with transaction.atomic(), pytest.raises(InsideTransaction):
        redeem_ticket(text, purpose="download", path=INVOICE)
    redeem_ticket(text, purpose="download", path=INVOICE)


def test_atomic_requests_bring_no_ticket_back(access: str, monkeypatch: Any) -> None:
    from django.db import connections

    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)
    text = ticket(access)
    with pytest.raises(ZeroDivisionError):
        get(INVOICE, text, HTTP_X_FAIL="1")
    assert get(INVOICE, text).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"purpose": "A"}, {"purpose": "a", "cookie_seconds": 9}, {"purpose": "a", "cookie_seconds": True}]
)
def test_what_the_decorator_refuses(wrong: Any) -> None:
    with pytest.raises(ConfigurationError):
        accepts_ticket(**wrong)


def test_events_name_no_ticket(bearer: Any, access: str) -> None:
    text = ticket(access)
    get(INVOICE, text)
    [made] = bearer.events_of(EventKind.TICKET_CREATED)
    [used] = bearer.events_of(EventKind.TICKET_REDEEMED)
    assert made.session_id == used.session_id != ""
    assert made.details == used.details == {"purpose": "download"}


def test_old_tickets_are_purged(access: str) -> None:
    ticket(access)
    clock.advance(30 + 86_401)
    assert cleanup.purge() >= 1
    assert not Ticket.objects.exists()


ENCODED = [
    lambda text: text.replace("_", "%5F"),
    lambda text: text.replace("_", "%5f").replace("d", "%64", 1),
    lambda text: "".join(f"%{ord(letter):02X}" for letter in text),
]


@pytest.mark.parametrize("spell", ENCODED)
def test_a_percent_encoded_ticket_is_a_ticket(spell: Any, access: str) -> None:
    """Some clients encode every character, and what is not taken out would stand in logs."""
    text = issue_ticket(authenticate_token(access), purpose="download", path=INVOICE).ticket
    answer = Client().get(f"{INVOICE}?a=1&ticket={spell(text)}")
    assert answer.status_code == 200
    assert [f"{INVOICE}?a=1"] == ticket_urls.SEEN


@pytest.mark.parametrize("spell", [*ENCODED, lambda text: ENCODED[2](text).replace("%", "%25")])
def test_no_spelling_stays_in_another_value(spell: Any, access: str) -> None:
    text = issue_ticket(authenticate_token(access), purpose="download", path=INVOICE).ticket
    for query in (f"next=/a%3Fticket={spell(text)}", f"{spell(text)}=1", f"next={spell(text)}&b=2"):
        texts, rest = ticket_texts.split(query, "ticket")
        assert texts == ()
        assert not ticket_texts.has_one(rest)


def test_append_slash_keeps_the_ticket(access: str, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.common.CommonMiddleware"]
    text = issue_ticket(authenticate_token(access), purpose="download", path=INVOICE).ticket
    for query in (f"ticket={text}", f"a=1&ticket={text}"):
        moved = Client().get(f"{INVOICE[:-1]}?{query}")
        assert (moved.status_code, moved["Cache-Control"]) == (301, "no-store")
        assert moved["Location"] == f"{INVOICE}?{query}"
        assert moved["Referrer-Policy"] == "no-referrer"
    assert Client().get(moved["Location"]).status_code == 200
    assert Client().get(moved["Location"]).status_code == 401


@pytest.mark.parametrize("where", ["/away/", "https://evil.example/", "//evil.example/", f"//x{INVOICE}", INVOICE])
def test_no_other_redirect_gets_a_ticket(where: str, access: str, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.endpoints.ticket_urls.Redirecting"]
    ticket_urls.Redirecting.where = where
    text = issue_ticket(authenticate_token(access), purpose="download", path=INVOICE).ticket
    moved = Client().get(f"/gone/?ticket={text}")
    assert moved["Location"] == where


def test_djangos_own_server_logs_no_ticket(access: str) -> None:
    text = issue_ticket(authenticate_token(access), purpose="download", path=INVOICE).ticket
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("django.server")
    logger.addHandler(handler)
    try:
        for spell in (str, *ENCODED):
            logger.info('"%s" %s %s', f"GET {INVOICE}?ticket={spell(text)} HTTP/1.1", "200", "5")
    finally:
        logger.removeHandler(handler)
    assert len(lines) == 4
    assert all(INVOICE in line and not ticket_texts.has_one(line) and text[8:] not in line for line in lines)
