"""The code of the short guides, run as it stands: API tokens, the content security policy, recovery."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import django
import pytest
from django.core import mail
from django.test import Client

from django_bearer import authenticate_token, issue_session
from django_bearer.primitives import clock
from tests.conftest import PASSWORD
from tools.support.new_project import ROOT, blocks

GUIDES = ROOT / "docs" / "guide"
pytestmark = pytest.mark.django_db(transaction=True)


def printed(guide: str, containing: str) -> str:
    [code] = [block.code for block in blocks(GUIDES / guide) if containing in block.code]
    return code


def test_an_api_token_made_in_code(ann: Any) -> None:
    names: dict[str, Any] = {"user": ann}
    code, _, revoke = printed("api-tokens.md", "issue_api_token").rpartition("revoke_api_token")
    exec(code, names)
    headers = {"Authorization": f"Bearer {names['made'].token}"}
    assert Client().get("/plain/", headers=headers).status_code == 200
    ends = names["made"].expires_at
    seconds = ends.timestamp() if isinstance(ends, datetime) else ends
    assert abs(seconds - clock.seconds() - timedelta(days=90).total_seconds()) < timedelta(days=1).total_seconds()
    exec("revoke_api_token" + revoke, names)
    assert Client().get("/plain/", headers=headers).status_code == 401


def test_a_scope_for_machines_alone(ann: Any, settings: Any) -> None:
    """A login gets every scope of the settings unless its client has a list of its own."""
    names: dict[str, Any] = {"BEARER": {**settings.BEARER, "SCOPES": ["notes:read", "orders:export"]}}
    settings.BEARER = dict(names["BEARER"])
    assert issue_session(ann).scope == frozenset({"notes:read", "orders:export"})
    exec(printed("scripts.md", "orders:export"), names)
    settings.BEARER = names["BEARER"]
    assert issue_session(ann).scope == frozenset({"notes:read"})
    exec(printed("api-tokens.md", "call_command"), names)
    [token] = re.findall(r"djb_at_\S+", names["out"].getvalue())
    assert authenticate_token(token).scopes == frozenset({"notes:read"})


def test_the_policy_is_sent_with_every_answer(settings: Any) -> None:
    names: dict[str, Any] = {"MIDDLEWARE": list(settings.MIDDLEWARE), "INSTALLED_APPS": list(settings.INSTALLED_APPS)}
    own = "SECURE_CSP =" if django.VERSION >= (6, 0) else "CONTENT_SECURITY_POLICY ="
    exec(printed("csp.md", own), names)
    for name in ("MIDDLEWARE", "INSTALLED_APPS", "SECURE_CSP", "CONTENT_SECURITY_POLICY"):
        if name in names:
            setattr(settings, name, names[name])
    policy = Client().get("/open/")["Content-Security-Policy"]
    directives = re.findall(r"^\| (`[^|]+) \|", (GUIDES / "csp.md").read_text(), re.MULTILINE)
    for directive in re.findall(r"`([^`]+)`", " ".join(directives)):
        assert directive in policy, policy
    assert "https://api.example.com" in policy
    assert "report-uri /auth/csp-report/" in policy


def test_recovery(ann: Any, settings: Any, django_user_model: Any) -> None:
    names: dict[str, Any] = {"BEARER": dict(settings.BEARER)}
    exec(printed("recovery.md", "RECOVERY_URL"), names)
    settings.BEARER = names["BEARER"]
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    django_user_model.objects.filter(pk=ann.pk).update(email="ann@example.com")
    asked = json.loads(printed("recovery.md", '{"account"'))
    asked["account"] = ann.get_username()
    client = Client(enforce_csrf_checks=True)
    assert client.post("/auth/recovery/", asked, content_type="application/json").status_code == 204
    [link] = re.findall(r"https://app\.example\.com/recover#(\S+)", str(mail.outbox[0].body))
    page = printed("recovery.md", "recovery_token")
    [path] = re.findall(r'"https://api\.example\.com(/\S+)"', page)
    assert "{ recovery_token: token, password }" in page
    body = {"recovery_token": link, "password": "a wholly new passphrase"}
    assert client.post(path, body, content_type="application/json").status_code == 204
    login = {"username": ann.get_username(), "password": PASSWORD}
    assert client.post("/auth/login/", login, content_type="application/json").status_code == 401
    login["password"] = body["password"]
    assert client.post("/auth/login/", login, content_type="application/json").status_code == 200
    assert len(mail.outbox) == 2, "the owner is told"


def test_another_address_and_back(ann: Any, settings: Any) -> None:
    names: dict[str, Any] = {"BEARER": dict(settings.BEARER)}
    exec(printed("email-change.md", "EMAIL_UNDO_URL"), names)
    settings.BEARER = names["BEARER"]
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    ann.email = "old@example.com"
    ann.save()
    page = (GUIDES / "email-change.md").read_text()
    for path in ("email/", "email/confirm/", "email/undo/"):
        assert f"`POST {path}`" in page
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}

    def post(path: str, **body: str) -> int:
        return int(Client().post(f"/auth/{path}", body, content_type="application/json", headers=headers).status_code)

    assert post("email/", email="new@example.com", password=PASSWORD) == 204
    [code] = re.findall(r"minutes: (\S+)", str(mail.outbox[-1].body))
    assert post("email/confirm/", code=code) == 204
    ann.refresh_from_db()
    assert ann.email == "new@example.com"
    [undo] = re.findall(
        r"https://app\.example\.com/undo#(\S+)",
        "".join(str(one.body) for one in mail.outbox if "old@example.com" in one.to),
    )
    assert post("email/undo/", undo_token=undo) == 204
    ann.refresh_from_db()
    assert ann.email == "old@example.com"
