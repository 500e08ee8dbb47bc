"""The code in docs/guide/graphql.md, run as it stands, with Strawberry and with Graphene.

A dependency of `graphene-django` has no wheel, so the environment is without it: a view of the same kind stands for
its own here. A test of the hard suite installs it beside the environment and runs the test of Graphene with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, JsonResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.views import View

from django_bearer import issue_session
from tests.asgi_sockets import Socket
from tests.token_clients import bearer
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "graphql.md"
urlpatterns: list[Any] = []
asgi = ModuleType("mysite.asgi")


REQUIREMENTS = ROOT / "requirements" / "graphene.txt"


class GraphQLView(View):
    """As that of `graphene-django`: the request is the context, and `format_error` makes the errors."""

    schema: Any = None

    def post(self, request: HttpRequest) -> JsonResponse:
        result = self.schema.execute(json.loads(request.body)["query"], context=request)
        errors = {"errors": [self.format_error(error) for error in result.errors]} if result.errors else {}
        return JsonResponse({"data": result.data, **errors})


@pytest.fixture(scope="module", autouse=True)
def project() -> Iterator[None]:
    """The printed modules, as those of a project called mysite."""
    printed = {block.path: block.code for block in blocks(GUIDE) if block.path}
    made = {"mysite": ModuleType("mysite"), "mysite.schema": ModuleType("mysite.schema")}
    made["mysite.graphene_schema"] = ModuleType("mysite.graphene_schema")
    if find_spec("graphene_django") is None:
        made |= {"graphene_django": ModuleType("graphene_django"), "graphene_django.views": ModuleType("views")}
        vars(made["graphene_django.views"])["GraphQLView"] = GraphQLView
    before = {name: sys.modules.get(name) for name in made}
    sys.modules.update(made)
    for name in ("schema", "graphene_schema"):
        exec(printed[f"mysite/{name}.py"], vars(made[f"mysite.{name}"]))
    for block in blocks(GUIDE):
        if "urlpatterns" in block.code:
            exec(block.code, {"urlpatterns": urlpatterns, "path": path})
    exec(printed["mysite/asgi.py"], vars(asgi))
    with override_settings(ROOT_URLCONF=__name__):
        yield
    for name, module in before.items():
        sys.modules.pop(name) if module is None else sys.modules.update({name: module})


@pytest.fixture
def tokens(ann: Any) -> dict[str, dict[str, str]]:
    """Headers: of nobody, of one who may read, of one who may write."""
    found = {scope: bearer(issue_session(ann, scope=[f"notes:{scope}"]).access_token) for scope in ("read", "write")}
    return {"": {}, **found}


def ask(url: str, query: str, headers: dict[str, str]) -> Any:
    sent: Any = {"data": json.dumps({"query": query}), "content_type": "application/json", "headers": headers}
    post = async_to_sync(AsyncClient().post) if "graphql" in url else Client(enforce_csrf_checks=True).post
    answer = post(url, **sent)
    if "errors" not in answer.json():
        return answer.json()["data"]
    [error] = answer.json()["errors"]
    assert "scopes" not in error["message"]
    return error["extensions"]["code"]


@pytest.mark.django_db(transaction=True)
def test_strawberry(tokens: Any) -> None:
    assert ask("/graphql/", "{ price }", {}) == {"price": 9}
    assert ask("/graphql/", "{ notes }", {}) == "not_authenticated"
    assert ask("/graphql/", "{ notes }", tokens["read"]) == {"notes": ["a note of ann@example.com"]}
    add = 'mutation { addNote(text: "tea") }'
    assert ask("/graphql/", add, tokens["read"]) == "insufficient_scope"
    assert ask("/graphql/", add, tokens["write"]) == {"addNote": "tea"}


@pytest.mark.django_db(transaction=True)
def test_a_subscription_over_channels(tokens: Any) -> None:
    async def run() -> list[Any]:
        offered = ("graphql-transport-ws",)
        socket = Socket(vars(asgi)["application"], "/graphql/", tokens["read"], offered)
        assert await socket.accepted() == "graphql-transport-ws"
        socket.say(json.dumps({"type": "connection_init"}))
        socket.say(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "subscription { ticks }"}}))
        found = [json.loads(await socket.heard()) for _ in range(2)]
        await socket.leave()
        return found

    assert async_to_sync(run)()[1]["payload"] == {"data": {"ticks": "tick for ann@example.com"}}


@pytest.mark.django_db(transaction=True)
def test_graphene(tokens: Any) -> None:
    assert ask("/graphene/", "{ price }", {}) == {"price": 9}
    assert ask("/graphene/", "{ notes }", {}) == "not_authenticated"
    assert ask("/graphene/", "{ notes }", tokens["read"]) == {"notes": ["a note of ann@example.com"]}
    assert ask("/graphene/", "{ notes }", tokens["write"]) == "insufficient_scope"


@pytest.mark.hard
def test_graphene_with_the_view_of_graphene_django(tmp_path: Path) -> None:
    """The package as it is published. What it needs and has no wheel is built; the hashes are pinned all the same."""
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    install += ["--target", str(tmp_path), "--no-deps", "--require-hashes", "-r", str(REQUIREMENTS)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # A run of its own: it is no worker of this one, and passes over nothing that this one has passed before.
    own = ("PYTEST_XDIST", "BEARER_TEST_RECORD")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    places = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"{__file__}::test_graphene"],
        cwd=ROOT / "library",
        env={**kept, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
