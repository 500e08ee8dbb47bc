"""The decorators around classes with async handlers: refused and let in like functions, on WSGI and on ASGI."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

from django_bearer import issue_session
from django_bearer.integrations.django import bearer_required, check_revocation_in_database, step_up_required
from django_bearer.primitives import clock
from tests.token_clients import BILLING, bearer

DECORATORS = {
    "scopes": bearer_required(scopes=["notes:write"]),
    "audience": bearer_required(audience=BILLING),
    "step-up": step_up_required(max_age=60),
    "exact": check_revocation_in_database,
}
LETS_IN = {"scopes": False, "audience": False, "step-up": False, "exact": True}


class Async(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("entered")


def at_dispatch(decorator: Any) -> Any:
    return method_decorator(decorator, name="dispatch")(type("Async", (Async,), {})).as_view()


SHAPES = {"function": lambda decorator: decorator(Async.as_view()), "class": at_dispatch}
urlpatterns = [
    path(f"{shape}/{name}/", make(decorator))
    for shape, make in SHAPES.items()
    for name, decorator in DECORATORS.items()
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("name", DECORATORS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_token_that_does_not_suffice(shape: str, name: str, ann: Any) -> None:
    weak, strong = issue_session(ann, scope=["notes:read"]).access_token, issue_session(ann)
    clock.advance(61)
    for ask in (Client().get, async_to_sync(AsyncClient().get)):
        answer = ask(f"/{shape}/{name}/", headers=bearer(weak))
        assert answer.status_code == (200 if LETS_IN[name] else 403 if name == "scopes" else 401)
        if name in ("scopes", "exact"):
            assert ask(f"/{shape}/{name}/", headers=bearer(strong.access_token)).content == b"entered"
        assert ask(f"/{shape}/{name}/").status_code == 401
