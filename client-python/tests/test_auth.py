"""The class against the library: calls, refreshes, refusals, and where a token goes."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.apps import apps

from django_bearer import revoke_token
from django_bearer_client import (
    BearerAuth,
    InvalidCredentials,
    NotLoggedIn,
    ServerRefusal,
    SessionEnded,
    TokenFile,
    TokenFileError,
    UnexpectedAnswer,
    Unreachable,
)
from tools.support.timeouts import HANG

from .conftest import API, PASSWORD, Served


def test_a_program_logs_in_calls_and_logs_out(served: Served) -> None:
    auth = served.auth()
    assert not auth.logged_in
    with pytest.raises(NotLoggedIn):
        auth.access_token()
    auth.login("ann", PASSWORD)
    assert auth.logged_in
    with served.client(auth) as client:
        assert client.get("/me/").json()["me"] == "ann"
        last = auth.access_token()
        auth.logout()
        assert not auth.logged_in
        with pytest.raises(NotLoggedIn):
            client.get("/me/")
    headers = {"Authorization": f"Bearer {last}"}
    with httpx.Client(base_url=API, transport=served.transport, timeout=HANG) as client:
        assert client.get("/me/", headers=headers).status_code == 401


def test_a_logout_everywhere_ends_the_sessions_of_all_devices(served: Served, store: TokenFile) -> None:
    auth, other = served.auth(store), served.auth()
    with pytest.raises(NotLoggedIn):
        auth.logout_everywhere()
    other.login("ann", PASSWORD)
    auth.login("ann", PASSWORD)
    auth.logout_everywhere()
    assert not auth.logged_in
    with served.client(other) as client, pytest.raises(SessionEnded):
        client.get("/me/")


def test_one_that_is_refused_forgets_nothing(served: Served, store: TokenFile) -> None:
    auth = served.auth(store)
    auth.login("ann", PASSWORD)
    served.advance(3600)
    with pytest.raises(ServerRefusal) as caught:
        auth.logout_everywhere()
    assert caught.value.code == "login_too_old"
    assert auth.logged_in


def test_another_login_ends_the_session_before(served: Served, store: TokenFile) -> None:
    auth = served.auth(store)
    auth.login("ann", PASSWORD)
    first = auth.access_token()
    with pytest.raises(InvalidCredentials):
        auth.login("ann", "wrong")
    assert auth.access_token() == first, "a login that failed changes nothing"
    auth.login("ann", PASSWORD)
    headers = {"Authorization": f"Bearer {first}"}
    with httpx.Client(base_url=API, transport=served.transport, timeout=HANG) as client:
        assert client.get("/me/", headers=headers).status_code == 401
    with served.client(auth) as client:
        assert client.get("/me/").status_code == 200


def test_a_wrong_password_is_an_error_with_the_servers_code(served: Served) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        served.auth().login("ann", "wrong")
    assert (caught.value.code, caught.value.status) == ("invalid_credentials", 401)
    assert "wrong" not in str(caught.value)


def test_a_token_is_renewed_before_it_expires(served: Served) -> None:
    auth = served.auth()
    auth.login("ann", PASSWORD)
    with served.client(auth) as client:
        for seconds in (0, 260, 20, 290, 3600):
            served.advance(seconds)
            assert client.get("/me/").status_code == 200
    refreshes = served.paths().count("/auth/refresh/")
    assert refreshes == 3, "at 280, 570 and 4,170 seconds"
    assert [request for request in served.asked if request.url.path == "/me/"][-1].headers["Authorization"]
    assert served.paths().count("/me/") == 5, "no call met a 401"


def test_a_refused_token_is_renewed_once_and_the_call_sent_again(served: Served, store: TokenFile) -> None:
    auth = served.auth(store)
    auth.login("ann", PASSWORD)
    served.advance(40)
    revoke_token(auth.access_token())
    with served.client(auth) as client:
        answer = client.post("/me/", content="a body")
        assert answer.json() == {"me": "ann", "body": "a body"}
    assert served.paths()[-3:] == ["/me/", "/auth/refresh/", "/me/"]


def test_a_body_that_is_read_from_a_stream_is_not_sent_twice(url: str, store: TokenFile) -> None:
    auth = BearerAuth(url, store)
    auth.login("ann", PASSWORD)
    found = store.load()
    assert found is not None
    store.save(replace(found, access_token="of.somebody.else"))

    def parts() -> Iterator[bytes]:
        yield b"part"

    with httpx.Client(base_url=url, auth=BearerAuth(url, store), timeout=HANG) as client:
        assert client.post("/me/", content=parts()).status_code == 401
        assert client.post("/me/", content=b"whole").json()["body"] == "whole"


def test_another_401_asks_for_no_token(served: Served) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        challenges = 'Basic realm="error=\\"invalid_token\\"", Bearer error="insufficient_user_authentication"'
        return httpx.Response(401, headers={"WWW-Authenticate": challenges})

    asked: list[str] = []
    auth = served.auth()
    auth.login("ann", PASSWORD)
    with httpx.Client(base_url=API, auth=auth, transport=httpx.MockTransport(answer), timeout=HANG) as client:
        assert client.get("/me/").status_code == 401
    assert asked == ["/me/"]


def test_an_ended_session_is_an_error_and_is_forgotten(served: Served, store: TokenFile) -> None:
    auth = served.auth(store)
    auth.login("ann", PASSWORD)
    apps.get_model("django_bearer", "Session").objects.all().delete()
    with served.client(auth) as client:
        with pytest.raises(SessionEnded):
            client.get("/me/")
        with pytest.raises(NotLoggedIn):
            client.get("/me/")
    found = store.load()
    assert found is not None
    assert found.known_device_token, "for the next login"
    auth.login("ann", PASSWORD)
    assert b"known_device_token" in served.asked[-1].content


@pytest.mark.parametrize(
    "other",
    [
        "https://evil.example/open/",
        "https://api.example.com.evil.example/",
        "http://api.example.com/open/",
        "https://api.example.com:8443/open/",
        "https://api.example.com@evil.example/",
    ],
)
def test_another_origin_gets_no_token(served: Served, other: str) -> None:
    auth = served.auth()
    auth.login("ann", PASSWORD)
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})

    with httpx.Client(auth=auth, transport=httpx.MockTransport(answer), timeout=HANG) as client:
        client.get(other)
    assert [("authorization" in request.headers) for request in seen] == [False]


def test_a_redirect_to_another_origin_takes_no_token_along(served: Served) -> None:
    auth = served.auth()
    auth.login("ann", PASSWORD)
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "evil.example":
            return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return httpx.Response(302, headers={"Location": "https://evil.example/take"})

    with httpx.Client(
        auth=auth, transport=httpx.MockTransport(answer), follow_redirects=True, timeout=HANG
    ) as client:
        assert client.get(f"{API}/me/").status_code == 401
    assert [("authorization" in request.headers) for request in seen] == [True, False]
    assert served.paths().count("/auth/refresh/") == 0


def test_a_redirect_of_an_endpoint_is_not_followed(served: Served) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(307, headers={"Location": "https://evil.example/take"})

    auth = BearerAuth(API, transport=httpx.MockTransport(answer))
    with pytest.raises(UnexpectedAnswer):
        auth.login("ann", PASSWORD)
    assert asked == [f"{API}/auth/login/"]


@pytest.mark.parametrize(
    ("api", "options"),
    [
        ("http://api.example.com", {}),
        ("http://localhost.example.com", {}),
        ("http://10.0.0.1", {}),
        ("ftp://api.example.com", {}),
        ("api.example.com", {}),
        ("https://ann:secret@api.example.com", {}),
        ("https://api.example.com/?a=b", {}),
        (API, {"endpoints": "https://evil.example/auth/"}),
        (API, {"endpoints": "//evil.example/auth/"}),
        (API, {"endpoints": "http://api.example.com/auth/"}),
        (API, {"ssl_context": ssl._create_unverified_context()}),
    ],
)
def test_what_would_expose_tokens_is_refused(api: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"URL|HTTPS|endpoints|context"):
        BearerAuth(api, **options)


@pytest.mark.parametrize(
    "api", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1/api", "HTTPS://A.example"]
)
def test_https_and_this_machine_are_allowed(api: str) -> None:
    assert BearerAuth(api).api.endswith("/")


def test_nothing_shows_a_secret(served: Served) -> None:
    auth = served.auth(client_id="robot", client_secret="")
    auth.login("ann", PASSWORD)
    tokens = auth._keeper.tokens
    assert tokens is not None
    shown = repr([auth, tokens, auth._keeper])
    assert tokens.refresh_token not in shown
    assert tokens.access_token not in shown


def test_a_lost_answer_is_asked_for_again(served: Served, store: TokenFile) -> None:
    auth = served.auth(store)
    auth.login("ann", PASSWORD)
    served.advance(280)
    served.lose += ["/auth/refresh/"]
    with served.client(auth) as client:
        assert client.get("/me/").status_code == 200
        served.advance(400)
        assert client.get("/me/").status_code == 200


def test_an_answer_that_was_lost_for_days_is_asked_for_again(served: Served, store: TokenFile) -> None:
    """The process died after the server had rotated: the stored key gets the same answer."""
    auth = served.auth(store)
    auth.login("ann", PASSWORD)
    served.advance(400)
    served.lose += ["/auth/refresh/"] * 3
    with pytest.raises(Unreachable):
        auth.access_token()
    served.advance(3 * 86_400)
    again = served.auth(TokenFile(store.path))
    with served.client(again) as client:
        assert client.get("/me/").status_code == 200
        served.advance(400)
        assert client.get("/me/").status_code == 200
    first, last = [request for request in served.asked if request.url.path == "/auth/refresh/"][2:4]
    assert first.content == last.content


def test_a_token_that_lives_is_used_where_the_server_cannot_be_asked(served: Served) -> None:
    auth = served.auth()
    auth.login("ann", PASSWORD)
    served.advance(275)
    served.lose += ["/auth/refresh/"] * 3
    with served.client(auth) as client:
        assert client.get("/me/").status_code == 200
        before = len(served.asked)
        assert client.get("/me/").status_code == 200
    assert served.paths()[before:] == ["/me/"], "nobody is asked again at once"


def test_a_proxys_401_ends_no_session(served: Served, store: TokenFile) -> None:
    auth = served.auth(store)
    auth.login("ann", PASSWORD)
    served.advance(400)
    proxy = httpx.MockTransport(lambda request: httpx.Response(401, text="<html>Log in to the proxy</html>"))
    with pytest.raises(UnexpectedAnswer):
        served.auth(store, transport=proxy).access_token()
    with served.client(auth) as client:
        assert client.get("/me/").status_code == 200


def test_a_token_file_that_cannot_be_written_loses_no_session(
    served: Served, store: TokenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = served.auth(store)
    auth.login("ann", PASSWORD)
    served.advance(400)

    def full(source: object, target: object) -> None:
        calls.append(target)
        if len(calls) == 2:  # the first one stores the retry key
            raise OSError(28, "No space left on device")
        real(source, target)  # type: ignore[arg-type]

    calls: list[object] = []
    real = os.replace
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(TokenFileError, match="No space left"):
        auth.access_token()
    served.advance(3600)
    with served.client(served.auth(TokenFile(store.path))) as client:
        assert client.get("/me/").status_code == 200
    assert [path.name for path in store.path.parent.iterdir() if path.name.startswith(".")] == []
