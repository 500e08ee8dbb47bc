"""The code in docs/guide/modern-rest.md, run as it stands; and a controller is closed unless it is public."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.decorators import login_not_required
from django.test import AsyncClient, Client, override_settings
from django.urls import include, path
from django.utils.decorators import method_decorator
from dmr import Controller
from dmr.plugins.pydantic import PydanticSerializer

from django_bearer import issue_session, public
from tests.token_clients import bearer
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "modern-rest.md"


class Forgotten(Controller[PydanticSerializer]):
    """One that asks for nothing, which django-modern-rest keeps from Django's own login check."""

    def get(self) -> str:
        return "entered"


@public
class Public(Forgotten):
    """Decorated, and so open."""


@method_decorator(login_not_required, name="dispatch")
class Opened(Forgotten):
    """Opened by the project in Django's way."""


urlpatterns: list[Any] = [
    path("forgotten/", Forgotten.as_view()),
    path("public/", Public.as_view()),
    path("public-view/", public(Forgotten.as_view())),
    path("opened/", Opened.as_view()),
]


@pytest.fixture(scope="module", autouse=True)
def project() -> Iterator[None]:
    """The printed module, as that of a project called mysite."""
    [printed] = [block.code for block in blocks(GUIDE) if block.path]
    before = {name: sys.modules.get(name) for name in ("mysite", "mysite.modern")}
    modern = ModuleType("mysite.modern")
    sys.modules.update({"mysite": ModuleType("mysite"), "mysite.modern": modern})
    exec(printed, vars(modern))
    [urls] = [block.code for block in blocks(GUIDE) if "urlpatterns" in block.code]
    exec(urls, {"urlpatterns": urlpatterns, "path": path, "include": include})
    with override_settings(ROOT_URLCONF=__name__):
        yield
    for name, module in before.items():
        sys.modules.pop(name) if module is None else sys.modules.update({name: module})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", ["/modern/sync/", "/modern/async/"])
def test_the_guide(url: str, ann: Any) -> None:
    may, may_not = (issue_session(ann, scope=[one]).access_token for one in ("notes:write", "notes:read"))
    for ask in (Client().get, async_to_sync(AsyncClient().get)):
        assert ask(url, headers=bearer(may)).json() == {"user": "ann@example.com"}
        refused = ask(url, headers=bearer(may_not))
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
        assert (ask(url).status_code, ask(url).json()["code"]) == (401, "not_authenticated")
        assert ask(url, headers=bearer("x.y.z")).json()["code"] == "invalid_token"
    client = Client()
    client.force_login(ann)
    assert client.get(url).json()["code"] == "not_authenticated", "Django's session is not asked"


@pytest.mark.django_db
def test_the_document(ann: Any) -> None:
    assert Client().get("/modern-openapi.json").status_code == 401
    document = Client().get("/modern-openapi.json", headers=bearer(issue_session(ann).access_token)).json()
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}
    assert document["paths"]["/modern/sync/"]["get"]["security"] == [{"bearer": ["notes:write"]}]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "status"), [("forgotten", 401), ("public", 200), ("public-view", 200), ("opened", 200)]
)
def test_a_controller_is_closed_unless_it_is_public(url: str, status: int) -> None:
    assert Client().get(f"/{url}/").status_code == status
    page = Client().get(f"/{url}/", headers={"Accept": "text/html"})
    assert page.status_code == (401 if status == 401 else 406), "no page to log in"
