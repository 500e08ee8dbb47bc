"""`REQUEST_POLICY`: it refuses what is valid, wherever a token is accepted, and lets nothing in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, JsonResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import include, path

from django_bearer import (
    Allow,
    Limit,
    Refuse,
    RequestAttempt,
    authenticate_token,
    decode_token,
    errors,
    is_token_revoked,
    issue_api_token,
    issue_session,
    issue_ticket,
    redeem_ticket,
    revoke_token,
)
from django_bearer.conf import clients
from django_bearer.http.ticket_requests import accepts_ticket
from django_bearer.models import RevokedToken, Session
from django_bearer.sessions import open_sessions
from tests.conftest import PASSWORD

asked: list[RequestAttempt] = []


def closed(attempt: RequestAttempt) -> Any:
    asked.append(attempt)
    return Refuse("outside_hours", "The office is closed.")


def only_billing(attempt: RequestAttempt) -> Any:
    """A policy by route, which is not known yet where a middleware asks for the user."""
    match = attempt.request.resolver_match
    return Refuse("no") if match is not None and match.url_name == "export" else Allow()


def plain(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"user": str(request.user)})


async def asynchronous(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"user": str(await request.auser())})


class Eager:
    """A middleware of the project's that asks for the user before the route is known."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        str(request.user)
        return self.get_response(request)


urlpatterns = [
    path("export/", plain, name="export"),
    path("async/", asynchronous),
    path("file/", accepts_ticket("file")(plain)),
    path("", include("tests.urls")),
]


@pytest.fixture(autouse=True)
def routes() -> Iterator[None]:
    asked.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield


def policy(settings: Any, value: Any) -> None:
    settings.BEARER = {**settings.BEARER, "REQUEST_POLICY": value}


def get(where: str, token: str) -> Any:
    return Client().get(where, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def token(ann: Any) -> str:
    return issue_session(ann).access_token


@pytest.mark.parametrize("where", ["/export/", "/plain/", "/drf/", "/async/"])
def test_a_valid_token_is_refused(where: str, token: str, settings: Any) -> None:
    assert get(where, token).status_code == 200
    policy(settings, closed)
    answer = get(where, token)
    assert answer.status_code == 403
    said = {name: answer.json().get(name) for name in ("reason", "message")}
    assert said == {"reason": "outside_hours", "message": "The office is closed."}
    assert {one.principal.session_id for one in asked} == {Session.objects.get().pk}
    assert all(one.request.path == where for one in asked)


def test_the_plain_answer_has_the_code(token: str, settings: Any) -> None:
    policy(settings, closed)
    assert get("/plain/", token).json()["code"] == "request_refused"


def test_an_async_server_asks_too(token: str, settings: Any) -> None:
    policy(settings, closed)
    found = async_to_sync(AsyncClient().get)("/async/", headers={"Authorization": f"Bearer {token}"})
    assert found.status_code == 403


def test_a_public_view_takes_whom_it_refuses_for_nobody(token: str, settings: Any) -> None:
    policy(settings, closed)
    assert get("/who/", token).json() == {"user": "AnonymousUser", "auth": False}


def test_it_lets_nobody_in(settings: Any, db: None) -> None:
    """Whatever it answers: it is asked of valid tokens only, so it widens nothing."""
    policy(settings, lambda attempt: asked.append(attempt) or Allow())
    assert get("/plain/", "bad").status_code == 401
    assert Client().get("/plain/").status_code == 401
    assert asked == []


def test_scopes_and_audience_are_asked_all_the_same(ann: Any, settings: Any) -> None:
    policy(settings, lambda attempt: Allow())
    assert get("/plain-scope/", issue_session(ann, scope=["notes:read"]).access_token).status_code == 403
    assert get("/billing/", issue_session(ann).access_token).status_code == 401


@pytest.mark.parametrize("value", [lambda attempt: None, lambda attempt: True, lambda attempt: Limit("enrol")])
def test_what_is_no_ruling_lets_nobody_in(value: Any, token: str, settings: Any, caplog: Any) -> None:
    policy(settings, value)
    assert get("/plain/", token).status_code == 503
    assert "REQUEST_POLICY" in caplog.text


def test_a_coroutine_or_an_exception_lets_nobody_in(token: str, settings: Any) -> None:
    async def late(attempt: RequestAttempt) -> Any:
        return Allow()

    def broken(attempt: RequestAttempt) -> Any:
        raise KeyError("plan")

    for value in (late, broken):
        policy(settings, value)
        answer = get("/plain/", token)
        assert answer.status_code == 503
        assert "plan" not in answer.content.decode()


@override_settings(MIDDLEWARE=[])
def test_it_is_asked_again_once_the_route_is_known(token: str, settings: Any) -> None:
    """A middleware that asks for the user early must not fix the answer of a policy by route."""
    settings.MIDDLEWARE = ["django_bearer.BearerMiddleware", f"{__name__}.Eager"]
    policy(settings, only_billing)
    assert get("/plain/", token).status_code == 200
    assert get("/export/", token).status_code == 403


def test_it_costs_no_statement(token: str, settings: Any, django_assert_num_queries: Any) -> None:
    get("/plain/", token)
    policy(settings, lambda attempt: Allow())
    get("/plain/", token)
    with django_assert_num_queries(1):
        get("/plain/", token)


def test_no_function_or_endpoint_says_yes_where_a_request_is_refused(token: str, ann: Any, settings: Any) -> None:
    api = issue_api_token(ann, name="a", expires_in=3600).token
    policy(settings, closed)
    for one in (token, api):
        for ask in (authenticate_token, decode_token):
            with pytest.raises(errors.RequestRefused):
                ask(one)
        assert is_token_revoked(one)
        assert get("/plain/", one).status_code == 403
        body = {"token": one}
        assert Client().post("/auth/verify/", body, content_type="application/json").status_code == 403
    assert any(one.request is None for one in asked)


def test_a_ticket_opens_nothing_either(ann: Any, settings: Any) -> None:
    principal = authenticate_token(issue_session(ann).access_token)
    first, second = (issue_ticket(principal, purpose="file", path="/file/").ticket for _ in range(2))
    policy(settings, closed)
    assert Client().get("/file/", {"ticket": first}).status_code == 403
    with pytest.raises(errors.RequestRefused):
        redeem_ticket(second, purpose="file", path="/file/")


def test_what_stays_open_is_closed(ann: Any, settings: Any) -> None:
    held = [
        authenticate_token(issue_session(ann).access_token),
        authenticate_token(issue_api_token(ann, name="a", expires_in=3600).token),
    ]
    issuer = settings.BEARER["ISSUER"]
    assert open_sessions.ended(held, issuer) == set()
    policy(settings, closed)
    assert open_sessions.ended(held, issuer) == {id(one) for one in held}


def test_whom_it_refuses_can_still_end_a_stolen_token(ann: Any, settings: Any) -> None:
    """Otherwise a token reported at night would be good again in the morning."""
    tokens = [issue_session(ann).access_token for _ in range(3)]
    policy(settings, closed)
    assert revoke_token(tokens[0])
    Client().post("/auth/revoke/", {"token": tokens[1]}, content_type="application/json")
    assert RevokedToken.objects.count() == 2
    answer = Client().post(
        "/auth/logout/", {}, content_type="application/json", headers={"Authorization": f"Bearer {tokens[2]}"}
    )
    assert answer.status_code == 204
    assert Session.objects.filter(revoked_cause="logout").count() == 1


def test_a_login_by_djangos_session_is_asked_about(ann: Any, settings: Any) -> None:
    """Whoever is refused with a token must not come in by the cookie of Django's login."""
    client = Client()
    assert client.login(username=ann.get_username(), password=PASSWORD)
    assert client.get("/export/").status_code == 200
    policy(settings, closed)
    assert client.get("/export/").status_code == 403
    assert [(one.user, one.principal) for one in asked] == [(ann, None)]


def test_introspection_says_inactive(ann: Any, settings: Any) -> None:
    secret = clients.new_secret()
    settings.BEARER = {
        **settings.BEARER,
        "CLIENTS": {
            **settings.BEARER["CLIENTS"],
            "api": {"kind": "machine", "secret_digest": secret.digest, "audiences": ["https://api.example.com/"]},
        },
    }
    token = issue_session(ann).access_token
    body = {"token": token, "client_id": "api", "client_secret": secret.text}
    assert Client().post("/auth/introspect/", body, content_type="application/json").json()["active"]
    policy(settings, closed)
    assert not Client().post("/auth/introspect/", body, content_type="application/json").json()["active"]
