"""What the time of an answer tells: as many hashes and statements whoever is asked about (ASVS 6.3.8, CS-01)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connections
from django.test import RequestFactory
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext

from tests.conftest import PASSWORD
from tests.endpoints.test_second_factor import ENROLLED, Factor

pytestmark = pytest.mark.django_db(transaction=True)
KNOWN, FACTOR, UNKNOWN = "ann@example.com", "bob@example.com", "nobody@example.com"


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Iterator[None]:
    settings.BEARER = {
        **settings.BEARER,
        "SECOND_FACTOR": Factor,
        "RECOVERY_URL": "https://app.example.com/recover#{token}",
        "EMAIL_UNDO_URL": "https://app.example.com/undo#{token}",
    }
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    ENROLLED.add(FACTOR)
    yield
    ENROLLED.discard(FACTOR)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    real, found = MD5PasswordHasher.encode, []

    def counted(self: Any, *args: Any) -> str:
        found.append(1)
        return str(real(self, *args))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return found


def cost(alias: str, hashes: list[int], url: str, **body: str) -> tuple[int, int, int]:
    """Status, hashes and statements until the answer is made; what follows it is seen by nobody."""
    request = RequestFactory().post(url, body, content_type="application/json", secure=True)
    handler = ClientHandler()
    handler.load_middleware()
    hashes.clear()
    with CaptureQueriesContext(connections[alias]) as captured:
        response = handler.get_response(request)
        counted = response.status_code, len(hashes), len(captured)
    response.close()
    return counted


@pytest.fixture
def users(database: str) -> str:
    for name in (KNOWN, FACTOR):
        get_user_model().objects.create_user(name, email=name, password=PASSWORD)
    return database


@pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
def test_a_login_tells_nothing_by_its_cost(at: str, users: str, hashes: list[int]) -> None:
    cost(users, hashes, f"{at}login/", username="somebody@example.com", password="wrong")  # the row of this hour
    costs = {
        name: cost(users, hashes, f"{at}login/", username=name, password="wrong") for name in (UNKNOWN, KNOWN, FACTOR)
    }
    assert set(costs.values()) == {costs[UNKNOWN]}, costs
    assert costs[UNKNOWN][:2] == (401, 1)
    missing = cost(users, hashes, f"{at}login/", username=FACTOR, password=PASSWORD)
    assert missing[:2] == (403, 1)  # whoever gets this answer has the password, and learns so by the answer itself


@pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
def test_recovery_tells_nothing_by_its_cost(at: str, users: str, hashes: list[int]) -> None:
    costs = {name: cost(users, hashes, f"{at}recovery/", account=name) for name in (UNKNOWN, KNOWN, FACTOR)}
    assert set(costs.values()) == {costs[UNKNOWN]}, costs
    assert costs[UNKNOWN][:2] == (204, 0)
