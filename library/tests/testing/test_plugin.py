"""The report of a project's failed test says why requests were refused; nobody else is told anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from django_bearer import issue_session, revoke_session
from django_bearer.http import challenge
from django_bearer.testing import Bearer
from tools.support.timeouts import HANG

NOTHING = ("-p", "no:cacheprovider", "-c", os.devnull)
"""Of this project's own settings of pytest."""
ROOT = Path(__file__).parents[2]
TESTS = """
import pytest
from django.test import Client, TestCase

@pytest.mark.django_db
def test_without_the_fixture(client):
    assert client.get("/plain/", headers={"Authorization": "Bearer x"}).status_code == 200

def test_with_it(bearer, django_user_model):
    ann = django_user_model.objects.create_user("ann")
    assert bearer.api_client(ann, scope=["notes:read"]).get("/drf-scope/").status_code == 200

class InACase(TestCase):
    def test_of_unittest(self):
        self.assertEqual(Client().get("/drf/").status_code, 200)

@pytest.fixture
def broken(db):
    assert Client().get("/plain-scope/").status_code == 200

def test_in_a_fixture(broken):
    pass

@pytest.mark.django_db
def test_that_passes(client):
    assert client.get("/plain/", headers={"Authorization": "Basic eDp4"}).status_code == 401
"""
NO_DJANGO = """
import sys

def test_that_fails():
    assert "django" in sys.modules
"""


def run(folder: Path, code: str, *options: str) -> str:
    """What pytest says of a file of tests, in a process of its own."""
    (folder / "test_it.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *NOTHING, "--rootdir", str(folder), *options, str(folder / "test_it.py")],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "DJANGO_"))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=HANG,
    )
    return done.stdout


def test_report_says_why(tmp_path: Path) -> None:
    said = run(tmp_path, TESTS, "--ds", "tests.settings")
    assert said.count("- Requests that django-bearer refused -") == 4, said
    for reason in (
        "refused with invalid_token: ",
        "refused with insufficient_scope: the token lacks notes:write",
        "refused with not_authenticated: no bearer token was sent; the route requires authentication",
    ):
        assert reason in said, said
    assert "another scheme" not in said, "of a test that passed"


def test_a_project_without_django_is_left_alone(tmp_path: Path) -> None:
    said = run(tmp_path, NO_DJANGO, "-p", "no:django")
    assert "1 failed" in said
    assert "Requests that" not in said
    assert 'assert "django" in' in said, "the plugin imports no Django of its own"


def test_fixture_has_the_reasons(bearer: Any, ann: Any) -> None:
    client = bearer.client(ann)
    assert client.get("/plain/").status_code == 200
    assert bearer.refusals == []
    revoke_session(bearer.principal(ann).session_id)
    for url in ("/plain-scope/", "/drf-scope/"):
        assert bearer.client(ann, scope=["notes:read"]).get(url).status_code == 403
    assert [line.partition(" refused with ")[2] for line in bearer.refusals] == [
        "insufficient_scope: the token lacks one of the scopes notes:write",
        "insufficient_scope: the token lacks notes:write",
    ]


def test_forced_user_has_no_scope_and_is_told_what_to_do(bearer: Any, ann: Any) -> None:
    client = APIClient()
    client.force_authenticate(ann)
    assert client.get("/drf-scope/").status_code == 403
    assert "token=bearer.principal(" in bearer.refusals[0]


def test_no_token_is_in_a_reason(ann: Any) -> None:
    token = issue_session(ann).access_token
    with Bearer() as found:
        for sent in (token + "x", token[:-9], token.upper()):
            assert Client().get("/plain/", headers={"Authorization": f"Bearer {sent}"}).status_code == 401
    assert len(found.refusals) == 3
    assert not [line for line in found.refusals if token[:40] in line]


def test_nobody_listens_afterwards(ann: Any) -> None:
    before = list(challenge._listeners)
    with Bearer(), pytest.raises(LookupError):
        raise LookupError
    with Bearer():
        pass
    assert challenge._listeners == before


@pytest.mark.parametrize("url", ["/who/", "/web/", "/drf-open/"])
def test_public_view_that_was_entered_as_nobody_has_a_reason_too(url: str, bearer: Any) -> None:
    found = Client().get(url, headers={"Authorization": "Bearer x"})
    assert found.status_code in (200, 302)
    assert [line for line in bearer.refusals if found.headers["X-Request-Id"] in line and "invalid_token" in line]
