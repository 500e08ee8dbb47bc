"""A refusal's renderer is remembered, and is the one that the view would choose each time."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer.integrations.drf import negotiation
from django_bearer.integrations.drf.negotiation import LONGEST, MOST, negotiated


class Both(APIView):
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)

    def get(self, request: Any) -> Response:
        return Response({})


class Other(Both):
    renderer_classes = (BrowsableAPIRenderer, JSONRenderer)


class ByHeader(DefaultContentNegotiation):
    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[int(request.META.get("HTTP_X_NUMBER", 0))], "text/own"


class OwnNegotiation(Both):
    content_negotiation_class = ByHeader


class OwnMethod(Both):
    def perform_content_negotiation(self, request: Any, force: bool = False) -> Any:
        return self.get_renderers()[int(request.META.get("HTTP_X_NUMBER", 0))], "text/own"


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    negotiation._found.clear()


def of(view_class: type[APIView], query: str = "", suffix: str | None = None, **headers: Any) -> Any:
    request = RequestFactory().get(f"/{query}", **headers)
    view: Any = view_class()
    view.format_kwarg, view.args, view.kwargs = suffix, (), {}
    view.request = view.initialize_request(request)
    return view


def names(found: tuple[Any, str]) -> tuple[str, str]:
    return type(found[0]).__name__, found[1]


ACCEPTS = ("", "*/*", "application/json", "text/html", "text/html;q=0.9,application/json; indent=2", "image/png", "/")


@pytest.mark.parametrize("view_class", [Both, Other, OwnNegotiation, OwnMethod])
@pytest.mark.parametrize("accept", [None, *ACCEPTS, "text/html," * 60])
def test_it_is_what_the_view_chooses(view_class: type[APIView], accept: str | None) -> None:
    headers = {} if accept is None else {"HTTP_ACCEPT": accept}
    view = of(view_class, **headers)
    wanted = names(view.perform_content_negotiation(view.request, force=True))
    for _ in range(3):  # the first is found, the others are remembered
        assert names(negotiated(of(view_class, **headers))) == wanted


@pytest.mark.parametrize("view_class", [Both, Other])
def test_no_query_and_no_suffix_is_overlooked(view_class: type[APIView]) -> None:
    for accept in ("text/html, */*", "application/json, */*"):
        negotiated(of(view_class, HTTP_ACCEPT=accept))
    written = of(view_class, HTTP_ACCEPT="text/html, */*")
    written.request._request.GET = QueryDict("format=json")
    for view in (
        of(view_class, "?format=json", HTTP_ACCEPT="text/html, */*"),
        of(view_class, "?format=api", HTTP_ACCEPT="application/json, */*"),
        of(view_class, suffix="json", HTTP_ACCEPT="text/html, */*"),
        written,
    ):
        wanted = "BrowsableAPIRenderer" if "api" in view.request._request.META["QUERY_STRING"] else "JSONRenderer"
        assert names(negotiated(view))[0] == wanted


@pytest.mark.parametrize("view_class", [OwnNegotiation, OwnMethod])
def test_what_chooses_by_something_else_is_asked_each_time(view_class: type[APIView]) -> None:
    found = [names(negotiated(of(view_class, HTTP_X_NUMBER=number)))[0] for number in ("0", "1", "0")]
    assert found == ["JSONRenderer", "BrowsableAPIRenderer", "JSONRenderer"]


def test_what_anybody_may_send_is_bounded() -> None:
    for number in range(3 * MOST):
        negotiated(of(Both, HTTP_ACCEPT=f"text/html;q=0.{number}"))
    negotiated(of(Both, HTTP_ACCEPT="text/html;v=" + "1" * LONGEST))
    assert 0 < len(negotiation._found) <= MOST
    assert max(len(name[0]) for name in negotiation._found) <= LONGEST


def test_it_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    usual = DefaultContentNegotiation.select_renderer

    def counted(self: Any, request: Any, *args: Any) -> Any:
        asked.append(request.META["HTTP_ACCEPT"])
        return usual(self, request, *args)

    monkeypatch.setattr(DefaultContentNegotiation, "select_renderer", counted)
    for _ in range(3):
        negotiated(of(Both, HTTP_ACCEPT="application/json"))
    assert asked == ["application/json"]
