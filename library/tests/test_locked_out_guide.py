"""The recipe of docs/guide/locked-out.md, run as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import clear_url_caches, path

from tools.support.new_project import ROOT

PAGE = ROOT / "docs" / "guide" / "locked-out.md"
pytestmark = pytest.mark.django_db


def recipe() -> dict[str, Any]:
    [code] = [one for one in re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S) if "def ask" in one]
    names: dict[str, Any] = {"__name__": "printed"}
    exec(code, names)
    return names


urlpatterns: list[Any] = []


@pytest.fixture(autouse=True)
def mounted(settings: Any) -> Iterator[None]:
    """Behind the whole stack of middleware, and asked by an app that has no CSRF cookie."""
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    settings.ROOT_URLCONF = __name__
    names = recipe()
    urlpatterns[:] = [path("ask/", names["ask_for_pass"]), path("use/", names["use_pass"])]
    clear_url_caches()
    yield
    urlpatterns.clear()
    clear_url_caches()


def post(url: str, **form: str) -> Any:
    return Client(enforce_csrf_checks=True).post(url, form)


def test_an_owner_who_is_locked_out_asks_for_a_mail(ann: Any) -> None:
    ann.email = "ann@example.com"
    ann.save()
    answers = [post("/ask/", username=name) for name in ("ann@example.com", "nobody")]
    assert [(one.status_code, one.content) for one in answers] == [(202, b"{}")] * 2
    [message] = mail.outbox
    given = {"username": "ann@example.com", "pass": str(message.body).rpartition(" ")[2]}
    assert post("/use/", **given).status_code == 200
    assert post("/use/", **given).status_code == 400


def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    answers = [post("/ask/", username="ann@example.com") for _ in range(6)]
    assert [one.status_code for one in answers] == [202] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
