"""The code in docs/guide/extending.md, run as it stands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings

from django_bearer import decode_token, issue_session, revoke_user
from django_bearer.events import EventKind, security_event
from tests.conftest import PASSWORD
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "extending.md"


@pytest.fixture(autouse=True)
def printed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The project with the modules and the settings that the page prints."""
    bearer = {**settings.BEARER, "SCOPES": [*settings.BEARER["SCOPES"], "reports:write"]}
    for block in blocks(GUIDE):
        name = (block.path or "").removesuffix(".py").replace("/", ".")
        if block.path == "mysite/settings.py":
            exec(block.code, {"BEARER": bearer})
        elif name.startswith("mysite."):
            found = ModuleType(name)
            exec(block.code, vars(found))
            monkeypatch.setitem(sys.modules, name, found)
    monkeypatch.setitem(sys.modules, "mysite", ModuleType("mysite"))
    with override_settings(BEARER=bearer):
        yield
    receiver = sys.modules["mysite.django_sessions"].end_django_sessions
    assert security_event.disconnect(receiver, sender=EventKind.LOGOUT_EVERYWHERE)
    cache.clear()


def get(where: str, user: Any, **options: Any) -> Any:
    return Client().get(where, headers={"Authorization": f"Bearer {issue_session(user, **options).access_token}"})


def test_the_policy(ann: Any) -> None:
    night = datetime(2026, 1, 1, 3, tzinfo=UTC)
    with patch("django.utils.timezone.localtime", lambda: night.replace(hour=9)):
        assert get("/plain/", ann).status_code == 200
    with patch("django.utils.timezone.localtime", lambda: night):
        assert get("/plain/", ann, scope=["notes:read"]).status_code == 200
        assert get("/plain/", ann).json()["error"]["code"] == "request_refused"
        cache.set(f"blocked:{ann.pk}", True)
        assert get("/plain/", ann, scope=["notes:read"]).status_code == 403


def test_fields_claims_and_data(ann: Any) -> None:
    ann.groups.create(name="acme")

    def login(company: str) -> Any:
        body = {"username": ann.get_username(), "password": PASSWORD, "company": company}
        return Client().post("/auth/login/", body, content_type="application/json")

    answer = login("acme").json()
    with patch("django.utils.timezone.localtime", lambda: datetime(2026, 1, 1, 9, tzinfo=UTC)):
        assert decode_token(answer["access_token"]).custom == {"company": "acme"}
    assert answer["user"] == {"name": "", "staff": False}
    assert login("other").json()["reason"] == "not_yours"


def test_djangos_sessions_of_the_user_end_too(ann: Any, django_user_model: Any) -> None:
    other = django_user_model.objects.create_user(username="bob", email="bob@example.com")
    hers, his = Client(), Client()
    hers.force_login(ann)
    his.force_login(other)
    assert "_auth_user_id" in hers.session
    revoke_user(ann)
    assert "_auth_user_id" not in hers.session
    assert "_auth_user_id" in his.session


def test_the_format(db: None) -> None:
    answer = Client().get("/plain/")
    assert answer.status_code == 401
    assert answer.json()["success"] is False
    assert answer.json()["error"]["code"] == "not_authenticated"
