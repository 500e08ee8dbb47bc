"""Getting past the count of login attempts, or turning it against somebody else."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from django_bearer.models import Counter
from django_bearer.storage import counters, durable
from django_bearer.storage.counters import Window
from django_bearer.throttling import limiter, policy
from tests.conftest import PASSWORD


def login(name: str = "ann@example.com", password: str = PASSWORD, **extra: Any) -> int:
    body = {"username": name, "password": password}
    return int(Client().post("/auth/login/", body, content_type="application/json", **extra).status_code)


@pytest.fixture
def generous(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_THROTTLE": {"source": "1000/minute"}}


def test_logging_in_as_a_namesake_buys_no_more_guesses(ann: Any, django_user_model: Any, generous: None) -> None:
    """Names that count as one account need not be one: Django tells ANN from ann."""
    django_user_model.objects.create_user("ANN@example.com", password=PASSWORD)
    guesses = []
    for _ in range(5):
        guesses += [login(password="wrong") for _ in range(8)]
        login(name="ANN@example.com")
    assert guesses.count(401) <= 10


@pytest.mark.parametrize(
    "name",
    [
        "\u00e1nn@example.com",
        "a\u0301nn@example.com",
        "a\u200dnn@example.com",
        "\u00adann@example.com",
        "ann\x7f@example.com",
    ],
    ids=["accent", "combining", "joiner", "soft hyphen", "control"],
)
def test_spellings_that_a_database_may_take_for_one_share_a_count(name: str) -> None:
    """MySQL's and MariaDB's usual collations find ann for every one of these."""
    assert policy.canonical(name) == policy.canonical("ann@example.com")


@pytest.mark.parametrize("name", ["\u0430nn@example.com", "\u9673@example.com", "anne@example.com"])
def test_other_names_are_counted_apart(name: str) -> None:
    assert policy.canonical(name) != policy.canonical("ann@example.com")


def test_a_slot_that_counted_short_windows_does_not_lock_a_long_one_for_ever(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Periods of a minute are larger numbers than periods of an hour, and hour upon hour would not reach them."""
    monkeypatch.setattr(counters, "ROW_SPACE", 1)
    minute, hour = Window("m", 1000, 60), Window("h", 3, 3600)
    for _ in range(5):
        counters.hit([minute])
    assert counters.hit([hour])[0].wait == 0
    assert Counter.objects.get().period < 10**6


def test_clients_behind_a_socket_are_told_apart_by_a_trusted_proxy(ann: Any, settings: Any) -> None:
    """gunicorn on a socket names no peer: without this a stranger's ten guesses keep Ann out everywhere."""
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.0/24"]}
    stranger = {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "198.51.100.1", "secure": True}
    assert [login(password="wrong", **stranger) for _ in range(11)][-1] == 429
    assert login(REMOTE_ADDR="", HTTP_X_FORWARDED_FOR="203.0.113.9", secure=True) == 200


def test_a_socket_without_trusted_proxies_believes_no_header(ann: Any) -> None:
    codes = [
        login(password="wrong", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}", secure=True)
        for n in range(11)
    ]
    assert codes[-1] == 429


def test_an_attempt_is_counted_though_the_view_rolls_back(transactional_db: Any) -> None:
    """With ATOMIC_REQUESTS a throttle asked inside the view would forget every attempt that the view refuses."""
    bucket = policy.bucket("b", "3/hour", "x")

    def refused() -> int:
        with durable.request_scope(), suppress(ValueError), transaction.atomic():
            wait = limiter.admit([bucket])
            raise ValueError
        return wait

    assert [refused() > 0 for _ in range(5)] == [False] * 3 + [True] * 2
