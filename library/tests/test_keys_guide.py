"""The steps of docs/guide/operating.md from SECRET_KEY to keys of one's own, as they stand, beside live traffic."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from django_bearer import issue_api_token, issue_session
from django_bearer.database import signing_keys
from django_bearer.models import SigningKey
from django_bearer.sessions.verification import clear_signature_cache
from tests.conftest import PASSWORD
from tools.support.new_project import ROOT

pytestmark = pytest.mark.django_db
PAGE = (ROOT / "docs" / "guide" / "operating.md").read_text().partition("### Keys of your own")[2]
RESTORED = PAGE.partition("### A backup from before")[2].partition("\n## ")[0]
SETTINGS = re.findall(r"BEARER\[.*\] = .*", PAGE)


@pytest.fixture
def made() -> str:
    """A key, by the page's own command."""
    [code] = re.findall(r"python -c '(.*)'\)", PAGE)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def token(ann: Any) -> Any:
    return issue_session(ann)


def deploy(step: str, key: str, settings: Any) -> None:
    """Every process begins anew with this line in its settings."""
    names = {"BEARER": dict(settings.BEARER), "os": SimpleNamespace(environ={**os.environ, "BEARER_KEY": key})}
    exec(step, names)
    settings.BEARER = names["BEARER"]
    signing_keys.clear_cache()
    clear_signature_cache()


def reencrypt() -> str:
    out = StringIO()
    call_command("bearer_keys", "reencrypt", stdout=out)
    return out.getvalue()


def statuses(issued: Any) -> tuple[int, int]:
    body = {"username": "ann@example.com", "password": PASSWORD}
    headers = {"Authorization": f"Bearer {issued.access_token}"}
    login = Client().post("/auth/login/", body, content_type="application/json")
    return Client().get("/plain/", headers=headers).status_code, login.status_code


def test_no_step_refuses_anybody(token: Any, made: str, settings: Any) -> None:
    both, alone = SETTINGS
    assert statuses(token) == (200, 200)
    deploy(both, made, settings)
    assert statuses(token) == (200, 200)
    assert reencrypt().startswith("2 keys")
    assert statuses(token) == (200, 200)
    deploy(alone, made, settings)
    assert statuses(token) == (200, 200)
    settings.SECRET_KEY = "another-secret-key-" * 5
    signing_keys.clear_cache()
    assert statuses(token) == (200, 200), "stored keys no longer hang on SECRET_KEY"


def test_the_last_step_alone_waits_for_reencrypt(token: Any, made: str, settings: Any) -> None:
    deploy(SETTINGS[1], made, settings)
    assert statuses(token) == (503, 503)
    reencrypt()
    assert statuses(token) == (200, 200)


def test_back_to_the_keys_of_the_secret_key(token: Any, made: str, settings: Any) -> None:
    before = settings.BEARER
    deploy(SETTINGS[1], made, settings)
    reencrypt()
    settings.BEARER = {**before, "KEY_ENCRYPTION_KEYS": ["SECRET_KEY", made]}
    signing_keys.clear_cache()
    reencrypt()
    settings.BEARER = before
    signing_keys.clear_cache()
    assert statuses(token) == (200, 200)


def test_a_backup_from_before_a_change_of_the_secret_key(token: Any, settings: Any) -> None:
    """Its keys open with the key of that time, and afterwards without it."""
    now = "another-secret-key-" * 5
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = now, [settings.SECRET_KEY]
    signing_keys.clear_cache()
    for line in re.findall(r"^python manage.py (.*)$", RESTORED, re.MULTILINE):
        call_command(*line.split(), stdout=StringIO())
    settings.SECRET_KEY_FALLBACKS = []
    signing_keys.clear_cache()
    assert statuses(token) == (401, 200)


class TestWhoKnowsTheSecretKey:
    """And may write to the database, once a project has keys of its own."""

    @pytest.fixture
    def own(self, token: Any, made: str, settings: Any) -> Any:
        encrypted_by_secret_key = list(SigningKey.objects.values())
        deploy(SETTINGS[1], made, settings)
        reencrypt()
        return encrypted_by_secret_key

    def test_slips_no_key_in(self, own: Any, token: Any) -> None:
        """A row encrypted under SECRET_KEY is not valid, and the next reencrypt does not make it valid."""
        [old] = [row for row in own if row["use"] == "sig"]
        SigningKey.objects.filter(pk=old["id"]).update(encrypted_private_key=old["encrypted_private_key"])
        signing_keys.clear_cache()
        assert statuses(token) == (503, 503)
        with pytest.raises(CommandError, match="stored key"):
            reencrypt()


@pytest.mark.parametrize("value", [[], ["short"], ["SECRET_KEY "], ["secret_key"], "SECRET_KEY", [""]])
def test_what_is_no_list_of_keys(value: Any, settings: Any) -> None:
    from django_bearer import conf, errors

    settings.BEARER = {**settings.BEARER, "KEY_ENCRYPTION_KEYS": value}
    with pytest.raises(errors.ConfigurationError, match="KEY_ENCRYPTION_KEYS"):
        conf.current()


def test_who_a_change_of_secret_key_logs_out(ann: Any, settings: Any, client: Any) -> None:
    """As production.md and rotate-keys.md say: no token, and of Django's sessions those that make no request."""
    settings.ROOT_URLCONF = "tests.admin.urls"
    ann.is_staff = True
    ann.save()
    issued, stays_away = issue_session(ann), Client()
    for browser in (client, stays_away):
        browser.force_login(ann)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another " * 10, [settings.SECRET_KEY]
    signing_keys.clear_cache()
    assert logged_in(client)
    reencrypt()
    settings.SECRET_KEY_FALLBACKS = []
    signing_keys.clear_cache()
    clear_signature_cache()
    assert (logged_in(client), logged_in(stays_away)) == (True, False)
    assert statuses(issued) == (200, 200)


def logged_in(browser: Client) -> bool:
    return browser.get("/admin/", secure=True).status_code == 200


def test_what_goes_on_while_no_stored_key_can_be_decrypted(ann: Any, settings: Any) -> None:
    """Logins, refreshes and access tokens are answered 503. API tokens need no stored key."""
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600, scope=["notes:read"])
    settings.SECRET_KEY = "another " * 10
    signing_keys.clear_cache()
    clear_signature_cache()
    assert statuses(issued) == (503, 503)
    refreshed = Client().post(
        "/auth/refresh/", {"refresh_token": issued.refresh_token}, "application/json", secure=True
    )
    assert refreshed.status_code == 503
    headers = {"Authorization": f"Bearer {made.token}"}
    assert Client().get("/plain/", secure=True, headers=headers).status_code == 200
