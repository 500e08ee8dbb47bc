"""What a view is made of is found whatever wraps it, and nothing is made or asked on the way."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import path
from django.utils.functional import SimpleLazyObject
from django.views import View

from django_bearer import issue_session
from django_bearer.errors import ConfigurationError
from django_bearer.http import view_parts
from django_bearer.http.audience import audience_of
from django_bearer.http.view_parts import TooManyParts, parts

OWN, BILLING = "https://api.example.com/", "https://billing.example.com/"


def target(request: Any) -> Any: ...


def opaque(view: Any) -> Any:
    return lambda request: view(request)


class Plain(View):
    required_audience = BILLING

    def get(self, request: Any) -> Any:
        from django.http import HttpResponse

        return HttpResponse()


class Holder:
    def __init__(self, view: Any) -> None:
        self.view = view

    def __call__(self, request: Any) -> Any: ...


class Narrow:
    __slots__ = ("empty", "view")

    def __init__(self, view: Any) -> None:
        self.view = view

    def __call__(self, request: Any) -> Any: ...


class Around(View):
    get = staticmethod(opaque(target))


def by_default(request: Any, view: Any = target, *, other: Any = None) -> Any: ...


@pytest.mark.parametrize(
    "view",
    [
        opaque(opaque(target)),
        partial(partial(target), 1),
        partial(opaque, view=target),
        Holder(target),
        Holder(target).__call__,
        Narrow(target),
        Around.as_view(),
        opaque(Around.as_view()),
        by_default,
        opaque({"get": [target]}),
    ],
)
def test_finds_it(view: Any) -> None:
    assert target in list(parts(view))


def test_makes_nothing_of_what_is_lazy() -> None:
    def fail() -> Any:
        raise AssertionError

    lazy = SimpleLazyObject(fail)

    def view(request: Any) -> Any:
        return lazy

    assert len(list(parts(view))) == 2


def test_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    round_about: list[Any] = [target]
    round_about.append(round_about)
    assert target in list(parts(opaque(round_about)))
    monkeypatch.setattr(view_parts, "MOST", 10)
    with pytest.raises(TooManyParts):
        list(parts([opaque(target) for _ in range(20)]))


def test_data_in_a_view_is_no_part_of_it() -> None:
    held, inner = [(each, {each: [each]}) for each in range(50_000)], target

    def view(request: Any) -> Any:
        return held, inner

    assert target in list(parts(view))
    assert audience_of(view) is None
    deep = [[[object()] for _ in range(900)] for _ in range(40)]
    first = Plain

    def deeper(request: Any) -> Any:
        return deep, first

    assert audience_of(deeper) == BILLING


urlpatterns = [path("billing/", opaque(opaque(Plain.as_view())))]


@pytest.mark.urls(__name__)
def test_a_decorator_that_copies_nothing_changes_no_audience(ann: Any, settings: Any) -> None:
    clients = {"phone": {"kind": "native", "audiences": [OWN, BILLING]}}
    with override_settings(BEARER={**settings.BEARER, "CLIENTS": clients}):
        for audience, status in ((OWN, 401), (BILLING, 200)):
            token = issue_session(ann, client_id="phone", resource=[audience]).access_token
            assert Client().get("/billing/", headers={"Authorization": f"Bearer {token}"}).status_code == status


def test_two_audiences_behind_one_view_are_an_error() -> None:
    other = Plain.as_view(required_audience=OWN)
    assert audience_of(opaque(Plain.as_view())) == BILLING

    class Other(View):
        required_audience = OWN

    assert audience_of(other) == OWN
    first = Plain

    def both(request: Any) -> Any:
        return first, Other

    with pytest.raises(ConfigurationError):
        audience_of(both)
