"""The code in docs/guide/own-login.md, run as it stands."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from django_bearer import BearerMiddleware, errors, issue_session, revoke_user, verbs
from tests.newproject import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "own-login.md"


def module(path: str) -> SimpleNamespace:
    [code] = [block.code for block in blocks(GUIDE) if block.path == path]
    names: dict[str, Any] = {}
    exec(code, names)
    return SimpleNamespace(**names)


class TestMailedLink:
    magic = module("mysite/magic.py")

    def enter(self, code: str) -> HttpResponse:
        response: HttpResponse = self.magic.enter(RequestFactory().post("/enter/", {"code": code}))
        return response

    @pytest.fixture
    def code(self, ann: Any, settings: Any) -> str:
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
        ann.email = "ann@example.com"
        ann.save()
        self.magic.send_link(ann)
        [message] = mail.outbox
        return str(message.body.partition("#")[2])

    def test_works_once(self, code: str) -> None:
        first, again = self.enter(code), self.enter(code)
        assert (first.status_code, again.status_code) == (200, 401)

    def test_code_of_somebody_else_is_refused(self, code: str) -> None:
        assert self.enter(code[:-1] + ("A" if code[-1] != "A" else "B")).status_code == 401
        assert self.enter("").status_code == 401

    def test_inactive_user_is_refused(self, code: str, django_user_model: Any) -> None:
        django_user_model.objects.update(is_active=False)
        assert self.enter(code).status_code == 401


def test_resolvers(ann: Any) -> None:
    resolvers = module("mysite/resolvers.py")

    def info(**headers: str) -> SimpleNamespace:
        kept: list[HttpRequest] = []
        BearerMiddleware(lambda request: kept.append(request) or HttpResponse())(RequestFactory().get("/", **headers))
        return SimpleNamespace(context=kept[0])

    def token(*scope: str) -> dict[str, Any]:
        return {"headers": {"Authorization": f"Bearer {issue_session(ann, scope=scope).access_token}"}}

    reader = info(**token("notes:read"))
    assert resolvers.resolve_notes(None, reader) == ["a note of ann@example.com"]
    with pytest.raises(errors.InsufficientScope):
        resolvers.resolve_notes(None, info(**token("notes:write")))
    with pytest.raises(errors.NotAuthenticated):
        resolvers.resolve_notes(None, info())
    assert resolvers.resolve_log_out(None, reader) is True
    assert reader.context.auth.session().revoked_cause == "logout"


def test_interceptor(ann: Any) -> None:
    user_of = module("mysite/interceptor.py").user_of
    call = [("authorization", f"Bearer {issue_session(ann).access_token}")]
    assert user_of(call) == ann
    assert user_of([]) is None
    assert user_of([("authorization", "Basic YW5uOmFubg==")]) is None
    revoke_user(ann)
    assert user_of(call) is None


def test_verbs_named_are_the_public_ones() -> None:
    page = GUIDE.read_text()
    assert {name for name in verbs.__all__ if f"`{name}(" not in page} == set()
