"""Strawberry: the same outcome as everywhere, in its views, in its async views and in subscriptions over Channels."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
from asgiref.sync import async_to_sync
from channels.routing import URLRouter
from django.test import AsyncClient, Client
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from strawberry.channels import GraphQLWSConsumer
from strawberry.django.views import AsyncGraphQLView, GraphQLView
from strawberry.permission import PermissionExtension

from django_bearer import errors, issue_api_token, issue_session, public, revoke_session
from django_bearer.integrations.channels import BearerSocketMiddleware
from django_bearer.integrations.strawberry import BearerErrors, BearerPermission, bearer_permission
from django_bearer.primitives import clock
from tests.asgi_sockets import Socket
from tests.token_clients import BILLING, configured, issue

READ = bearer_permission(["notes:read"])
WRITE = bearer_permission(["notes:write"])
RECENT = bearer_permission(max_age=60)


@strawberry.type
class Query:
    @strawberry.field
    def price(self) -> int:
        return 9

    @strawberry.field(permission_classes=[BearerPermission])
    def notes(self, info: strawberry.Info) -> str:
        return str(info.context.request.auth.user.get_username())

    @strawberry.field(permission_classes=[BearerPermission])
    async def anotes(self, info: strawberry.Info) -> str:
        return str(info.context.request.auth.user.get_username())

    @strawberry.field(permission_classes=[RECENT])
    def recent(self) -> str:
        return "recent"

    @strawberry.field(extensions=[PermissionExtension(permissions=[RECENT()])])
    async def arecent(self) -> str:
        return "recent"

    @strawberry.field
    def limited(self) -> str:
        raise errors.RateLimited("a bucket that only the developer knows", retry_after=7)


@strawberry.type
class Mutation:
    @strawberry.mutation(permission_classes=[READ, WRITE])
    def add(self) -> str:
        return "added"

    @strawberry.mutation(extensions=[PermissionExtension(permissions=[WRITE()])])
    async def aadd(self) -> str:
        return "added"


@strawberry.type
class Subscription:
    @strawberry.subscription(permission_classes=[READ])
    async def ticks(self, info: strawberry.Info) -> AsyncGenerator[str, None]:
        yield str(info.context["request"].scope["user"].get_username())
        await asyncio.Event().wait()

    @strawberry.subscription(permission_classes=[WRITE])
    async def writes(self) -> AsyncGenerator[str, None]:
        yield "written"

    @strawberry.subscription
    async def limited(self, after: int) -> AsyncGenerator[str, None]:
        for _ in range(after):
            yield "before"
        raise errors.RateLimited("a bucket that only the developer knows", retry_after=7)

    @strawberry.subscription(permission_classes=[RECENT])
    async def recents(self) -> AsyncGenerator[str, None]:
        yield "recent"


schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, extensions=[BearerErrors])
billing = GraphQLView.as_view(schema=schema)
billing.required_audience = BILLING
urlpatterns = [
    path("sync/", GraphQLView.as_view(schema=schema)),
    path("async/", AsyncGraphQLView.as_view(schema=schema)),
    path("open-sync/", csrf_exempt(public(GraphQLView.as_view(schema=schema)))),
    path("open-async/", public(AsyncGraphQLView.as_view(schema=schema))),
    path("billing/", csrf_exempt(public(billing))),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]
KINDS = ["sync", "async"]


def ask(kind: str, query: str, token: str = "") -> Any:
    """The data of a query, or the code of its first error."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    sent: Any = {"data": json.dumps({"query": query}), "content_type": "application/json", "headers": headers}
    client: Any = AsyncClient() if kind.endswith("async") else Client(enforce_csrf_checks=True)
    answer = (async_to_sync(client.post) if kind.endswith("async") else client.post)(f"/{kind}/", **sent)
    found = answer.json()
    if answer.status_code != 200:
        return answer.status_code, found["code"]
    if "errors" not in found:
        return next(iter(found["data"].values()))
    [error] = found["errors"]
    return error["extensions"]["code"], error["message"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("of", ["", "open-"])
def test_a_good_token_reads(kind: str, of: str, ann: Any) -> None:
    token = issue_session(ann).access_token
    assert ask(of + kind, "{ notes }", token) == "ann@example.com"
    if kind == "async":
        assert ask(of + kind, "{ anotes }", token) == "ann@example.com"
        assert ask(of + kind, "mutation { aadd }", token) == "added"
    assert ask(of + kind, "mutation { add }", token) == "added"
    assert ask(of + kind, "{ notes }", issue_api_token(ann, name="ci", expires_in=60).token) == "ann@example.com"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["none", "garbage", "expired", "revoked"])
def test_every_other_is_refused_by_the_route_or_by_the_field(kind: str, state: str, ann: Any) -> None:
    issued = issue_session(ann)
    token = {"none": "", "garbage": "x.y.z"}.get(state, issued.access_token)
    if state == "expired":
        clock.advance(3600)
    if state == "revoked":
        revoke_session(issued.session_id)
    code = "invalid_token" if token else "not_authenticated"
    assert ask(kind, "{ price }", token) == (401, code), "the whole view is closed"
    assert ask(f"open-{kind}", "{ price }", token) == 9
    assert ask(f"open-{kind}", "{ notes }", token)[0] == code


@pytest.mark.parametrize("kind", KINDS)
def test_scopes(kind: str, ann: Any) -> None:
    token = issue_session(ann, scope=["notes:read"]).access_token
    found = ask(kind, "mutation { add }", token)
    assert found == ("insufficient_scope", str(errors.InsufficientScope.description))


@pytest.mark.parametrize("kind", KINDS)
def test_a_recent_login(kind: str, ann: Any) -> None:
    token = issue_session(ann).access_token
    assert ask(kind, "{ recent }", token) == "recent"
    assert ask(kind, "{ recent }", issue_api_token(ann, name="ci", expires_in=60).token)[0] == "session_required"
    clock.advance(61)
    for field in ("recent", "arecent") if kind == "async" else ("recent",):
        assert ask(kind, f"{{ {field} }}", token)[0] == "login_too_old"


def test_the_audience_is_that_of_the_view(ann: Any) -> None:
    with configured():
        own, other = issue(ann, "phone").access_token, issue(ann, "phone", BILLING).access_token
        assert ask("billing", "{ notes }", other) == "ann@example.com"
        assert ask("billing", "{ notes }", own)[0] == "invalid_token"
        assert ask("open-sync", "{ notes }", other)[0] == "invalid_token"


def test_a_session_cookie_is_not_asked(ann: Any) -> None:
    client = Client()
    client.force_login(ann)
    found = client.post("/sync/", json.dumps({"query": "{ notes }"}), content_type="application/json").json()
    assert found["errors"][0]["extensions"]["code"] == "not_authenticated"


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_of_a_function_shows_its_code_and_not_its_reason(kind: str, ann: Any) -> None:
    code, message = ask(kind, "{ limited }", issue_session(ann).access_token)
    assert (code, "developer" in message) == ("throttled", False)


def test_a_context_without_a_request_is_nobodys(ann: Any) -> None:
    for context in ({}, {"request": object()}, None):
        result = schema.execute_sync("{ notes }", context_value=context)
        assert result.errors is not None
        assert (result.errors[0].extensions or {})["code"] == "not_authenticated"


def test_the_schema_says_what_an_extension_asks_for() -> None:
    text = schema.as_str()
    assert "directive @bearer(scopes: [String!]!) on FIELD_DEFINITION" in text
    assert 'aadd: String! @bearer(scopes: ["notes:write"])' in text
    assert "arecent: String! @bearer(scopes: [])" in text


def test_what_is_no_requirement_is_said_at_once() -> None:
    with pytest.raises(errors.ConfigurationError):
        bearer_permission(acr=[])


sockets = BearerSocketMiddleware(URLRouter([path("ws/chat/", GraphQLWSConsumer.as_asgi(schema=schema))]))


def subscribe(token: str, *fields: str) -> list[Any]:
    """What each subscription's first answer is, on one socket."""

    async def run() -> list[Any]:
        headers = {"Authorization": f"Bearer {token}"}
        socket = Socket(sockets, headers=headers, subprotocols=("graphql-transport-ws",))
        assert await socket.accepted() == "graphql-transport-ws"
        socket.say(json.dumps({"type": "connection_init"}))
        assert json.loads(await socket.heard())["type"] == "connection_ack"
        found = []
        for field in fields:
            asked = {"id": field, "type": "subscribe", "payload": {"query": f"subscription {{ {field} }}"}}
            socket.say(json.dumps(asked))
            while True:
                message = json.loads(await socket.heard())
                if message["id"] == field:
                    break
            payload = message["payload"]
            found.append(payload["data"][field] if message["type"] == "next" else payload[0]["extensions"]["code"])
        await socket.leave()
        return found

    return async_to_sync(run)()


def test_subscriptions(ann: Any) -> None:
    token = issue_session(ann, scope=["notes:read"]).access_token
    assert subscribe(token, "ticks", "writes", "recents") == ["ann@example.com", "insufficient_scope", "recent"]
    clock.advance(61)
    assert subscribe(token, "recents") == ["login_too_old"]
    assert subscribe(issue_session(ann).access_token, "writes") == ["written"]


@pytest.mark.parametrize("after", [0, 1])
def test_a_refusal_within_a_subscription_shows_its_code_and_not_its_reason(after: int, ann: Any) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
    asked = {"query": f"subscription {{ limited(after: {after}) }}"}

    async def run() -> str:
        socket = Socket(sockets, headers=headers, subprotocols=("graphql-transport-ws",))
        await socket.accepted()
        socket.say(json.dumps({"type": "connection_init"}))
        socket.say(json.dumps({"id": "1", "type": "subscribe", "payload": asked}))
        said = ""
        while '"complete"' not in said:
            said += await socket.heard()
        await socket.leave()
        return said

    said = async_to_sync(run)()
    assert '"code":"throttled"' in said
    assert "developer" not in said


def test_the_socket_of_an_ended_session_is_closed_while_a_subscription_runs(ann: Any) -> None:
    """The middleware ends the socket, and with it what runs on it."""
    issued = issue_session(ann)
    clock.advance(299)

    async def run() -> int:
        headers = {"Authorization": f"Bearer {issued.access_token}"}
        socket = Socket(sockets, headers=headers, subprotocols=("graphql-transport-ws",))
        await socket.accepted()
        socket.say(json.dumps({"type": "connection_init"}))
        asked = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { ticks }"}}
        socket.say(json.dumps(asked))
        return await socket.closed()

    assert async_to_sync(run)() == 4401
