"""Every framework side by side in one project, behind uvicorn and gunicorn: one table, the same outcome in each cell.

framework, sync or async, what is sent: let in, or the code of the refusal
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from socket import create_connection
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tools.support.new_project import INSTALL, ROOT, NewProject
from tools.support.timeouts import HANG

pytestmark = pytest.mark.hard
OUTCOMES = {
    "none": (401, "not_authenticated"),
    "good": (200, ""),
    "expired": (401, "invalid_token"),
    "revoked": (401, "invalid_token"),
    "lower scope": (403, "insufficient_scope"),
    "other audience": (401, "invalid_token"),
    "other tenant": (401, "invalid_token"),
    "ticket": (401, "invalid_token"),
}
"""What is sent, and what becomes of it everywhere. A ticket is sent in the place of a token, which it is not."""
QUERY = "?query={user}"
FRAMEWORKS = {
    "plain": ("/plain/sync/", "/plain/async/"),
    "classes": ("/class/sync/", "/class/async/"),
    "REST framework": ("/drf/sync/",),
    "api_view": ("/drf-function/sync/",),
    "view set": ("/drf-set/sync/",),
    "Ninja": ("/ninja/sync", "/ninja/async"),
    "Strawberry": (f"/strawberry/sync/{QUERY}", f"/strawberry/async/{QUERY}"),
    "Graphene": (f"/graphene/sync/{QUERY}",),
    "modern-rest": ("/modern/sync/", "/modern/async/"),
}
SERVERS = {
    "uvicorn": ("-m", "uvicorn", "mysite.asgi:application", "--port", "0"),
    "gunicorn": ("-m", "gunicorn", "mysite.wsgi", "--bind", "127.0.0.1:0"),
    "gunicorn-asgi": ("-m", "gunicorn", "-k", "asgi", "mysite.asgi:application", "--bind", "127.0.0.1:0"),
}
CLOSED = {4401: 401, 4403: 403}
ASGI = """
from channels.routing import ProtocolTypeRouter

from mysite.frameworks import sockets

application = ProtocolTypeRouter({"http": application, "websocket": sockets})
"""
SETTINGS = """
INSTALLED_APPS += ["drf_spectacular"]
ALLOWED_HOSTS = ["one.localhost", "two.localhost"]
ROOT_URLCONF = "mysite.frameworks"
REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"] = "drf_spectacular.openapi.AutoSchema"
SPECTACULAR_SETTINGS = {"TITLE": "Side by side", "VERSION": "1"}
BEARER = {
    "ISSUER": lambda request: "https://" + request.get_host().partition(":")[0],
    "ISSUERS": ["https://one.localhost", "https://two.localhost"],
    "AUDIENCE": "https://api.example.com/",
    "SCOPES": ["notes:read", "notes:write"],
    "CLIENTS": {
        "first-party": {
            "kind": ["browser", "native"],
            "audiences": ["https://api.example.com/", "https://billing.example.com/"],
        }
    },
}
"""
TOKENS = """
import json
from types import SimpleNamespace

from django.contrib.auth.models import User
from django_bearer import authenticate_token, issue_session, issue_ticket, revoke_session
from django_bearer.primitives import clock

ann = User.objects.create_user("ann", password="correct horse")
at = lambda tenant: SimpleNamespace(get_host=lambda: tenant + ".localhost", META={})
issue = lambda tenant="one", **more: issue_session(ann, request=at(tenant), **more)
good, revoked = issue(), issue()
revoke_session(revoked.session_id)
found = {
    "none": "",
    "good": good.access_token,
    "revoked": revoked.access_token,
    "lower scope": issue(scope=["notes:read"]).access_token,
    "other audience": issue(resource=["https://billing.example.com/"]).access_token,
    "other tenant": issue("two").access_token,
}
asking = authenticate_token(good.access_token, request=at("one"))
found["ticket"] = issue_ticket(asking, purpose="download", path="/plain/sync/").ticket
clock.advance(-7200)
found["expired"] = issue().access_token
print("FOUND" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    project = NewProject.start(tmp_path_factory.mktemp("side")).follow(INSTALL)
    project.follow(ROOT / "docs" / "guide" / "modern-rest.md")
    project.write("mysite/frameworks.py", (ROOT / "tests" / "live" / "frameworks.py").read_text())
    project.write("mysite/asgi.py", ASGI, appended=True)
    project.write("mysite/settings.py", SETTINGS, appended=True)
    project.manage("migrate", "--verbosity", "0")
    return project


@pytest.fixture(scope="module")
def tokens(project: NewProject) -> dict[str, str]:
    project.write("tokens.py", TOKENS)
    said = project.manage("shell", "-c", "exec(open('tokens.py').read(), {})")
    found: dict[str, str] = json.loads(said.rpartition("FOUND")[2])
    return found


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, project: NewProject, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    with project.serving(*SERVERS[request.param]) as url, httpx.Client(base_url=url, timeout=HANG) as found:
        found.headers["Host"] = "one.localhost"
        yield found


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """Status and code. GraphQL says in a 200 that a field is refused."""
    found = answer.json()
    if answer.status_code == 200 and found.get("errors"):
        return 403, found["errors"][0]["extensions"]["code"]
    if answer.status_code == 200:
        assert "ann" in answer.text
        return 200, ""
    return answer.status_code, found["code"]


def test_every_cell_of_the_table(server: httpx.Client, tokens: dict[str, str]) -> None:
    assert set(tokens) == set(OUTCOMES)
    cells = {
        (framework, url, sent): outcome(server.get(url, headers=headers(tokens[sent])))
        for framework, urls in FRAMEWORKS.items()
        for url in urls
        for sent in OUTCOMES
    }
    assert cells == {cell: OUTCOMES[cell[2]] for cell in cells}
    assert len(cells) == 14 * 8


def test_a_socket_has_the_same_outcome(request: Any, server: httpx.Client, tokens: dict[str, str]) -> None:
    if request.node.callspec.params["server"] == "gunicorn":
        assert server.get("/chat/async/").status_code == 404, "WSGI has no sockets"
        return
    address = (server.base_url.host, server.base_url.port or 0)

    def opened(token: str) -> tuple[int, str]:
        link = create_connection(address, HANG)
        with connect("ws://one.localhost/chat/async/", sock=link, open_timeout=HANG) as socket:
            socket.send(json.dumps({"type": "bearer", "token": token} if token else {"text": "nothing"}))
            try:
                found = [json.loads(socket.recv(HANG)) for _ in range(2)]
            except ConnectionClosed as closed:
                return CLOSED[closed.rcvd.code if closed.rcvd else 0], OUTCOMES[sent][1]
            assert {"user": "ann"} in found
            return 200, ""

    for sent, expected in OUTCOMES.items():
        assert opened(tokens[sent]) == expected, sent


def test_a_ticket_opens_the_one_place_it_is_for(server: httpx.Client, tokens: dict[str, str]) -> None:
    mine = headers(tokens["good"])
    for kind in ("sync", "async"):
        path = f"/file/{kind}/"
        made = server.post("/auth/tickets/", json={"purpose": "download", "path": path}, headers=mine)
        ticket = {"ticket": made.json()["ticket"]}
        assert outcome(server.get(f"/plain/{kind}/", params=ticket)) == OUTCOMES["none"]
        assert outcome(server.get(path, params=ticket)) == OUTCOMES["good"]
        assert outcome(server.get(path, params=ticket)) == (401, "ticket_refused")


def test_the_openapi_documents_are_valid(server: httpx.Client, tokens: dict[str, str]) -> None:
    mine = headers(tokens["good"])
    for url, scheme in (("/ninja/openapi.json", "BearerAuth"), ("/modern-openapi.json", "bearer")):
        document = server.get(url, headers=mine).json()
        OpenAPIV31SpecValidator(document).validate()
        assert document["components"]["securitySchemes"][scheme]["scheme"] == "bearer"
    document = server.get("/drf-openapi.json", headers={**mine, "Accept": "application/vnd.oai.openapi+json"}).json()
    OpenAPIV30SpecValidator(document).validate()
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
    for path in ("/drf/sync/", "/drf-set/sync/"):
        assert document["paths"][path]["get"]["security"] == [{"bearer": []}]
