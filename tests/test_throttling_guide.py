"""The recipe in docs/explain/throttling.md, run as it stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import RequestFactory

from tests.newproject import ROOT

PAGE = ROOT / "docs" / "explain" / "throttling.md"
pytestmark = pytest.mark.django_db


def recipe() -> dict[str, Any]:
    [code] = [one for one in re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S) if "def ask" in one]
    names: dict[str, Any] = {}
    exec(code, names)
    return names


def test_an_owner_who_is_locked_out_asks_for_a_mail(ann: Any, settings: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    ann.email = "ann@example.com"
    ann.save()
    names, post = recipe(), RequestFactory().post
    answers = [names["ask_for_pass"](post("/", {"username": name})) for name in ("ann@example.com", "nobody")]
    assert [(one.status_code, one.content) for one in answers] == [(202, b"{}")] * 2
    [message] = mail.outbox
    given = {"username": "ann@example.com", "pass": str(message.body).rpartition(" ")[2]}
    assert names["use_pass"](post("/", given)).status_code == 200
    assert names["use_pass"](post("/", given)).status_code == 400
