"""A login that finds an outdated password hash writes a new one; no other device notices."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from django_bearer import issue_session
from django_bearer.models import Session
from tests.conftest import PASSWORD

from .conftest import TRIALS
from .threads import SIZE, Api, ThreadGroup


@pytest.fixture
def outdated() -> Callable[[str], Any]:
    """Makes users whose stored hash is not of the preferred algorithm."""

    def make(name: str) -> Any:
        encoded = PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-sixteen-or-more", iterations=1)
        return get_user_model().objects.create(username=name, password=encoded)

    return make


def test_other_devices_live_through_eight_logins_that_rehash(
    api: Api, threads: ThreadGroup, place: str, outdated: Callable[[str], Any]
) -> None:
    for trial in range(TRIALS):
        user = outdated(f"ann-{trial}")
        device = issue_session(user)
        over = threading.Event()
        done = threading.Semaphore(0)

        def log_in(name: str = user.username, done: threading.Semaphore = done) -> set[tuple[int, str]]:
            reply = api.login(name, PASSWORD)
            done.release()
            return {(reply.status, reply.body.get("access_token", ""))}

        def call(token: str = device.access_token, over: threading.Event = over) -> set[tuple[int, str]]:
            found = set()
            while not over.is_set():
                found.add((api.get("/drf/", token).status, token))
            return found

        def end(done: threading.Semaphore = done, over: threading.Event = over) -> set[tuple[int, str]]:
            for _ in range(SIZE - 3):
                done.acquire()
            over.set()
            return set()

        replies = set().union(*threads.run([*[log_in] * (SIZE - 3), call, call, end]))
        assert {status for status, _ in replies} == {200}
        assert not get_user_model().objects.get(pk=user.pk).password.startswith("pbkdf2")
        assert not Session.objects.filter(user=user, revoked_at__isnull=False).exists()
        calls = threads.run([partial(api.get, "/drf/", token) for _, token in list(replies)[:SIZE]])
        assert {call.status for call in calls} == {200}
        assert api.refresh(device.refresh_token or "").status == 200
