"""What several processes must agree on: the first key, the count of attempts, and a changed key ring."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from django_bearer import issue_session, models, revoke_key
from django_bearer.database import signing_keys
from django_bearer.keys.keyring import KeyState
from django_bearer.sessions import key_rotation
from django_bearer.sessions.verification import clear_signature_cache
from tests.conftest import PASSWORD

from .conftest import TRIALS, leave_what_signs
from .processes import Processes, settled
from .threads import SIZE, Api, ThreadGroup

ISSUER = "https://api.example.com"
LIMIT, WORKERS = 10, 4
EACH = 13
"""Attempts in each of four processes: 52 at once."""
STORMS = max(1, TRIALS // 40)


def first_use(setting: tuple[Any, ...]) -> list[str]:
    with settled(*setting):
        signing_keys.clear_cache()
        found = signing_keys.ring_with_keys(ISSUER)
        return [*found.signing, *(key_id.hex() for key_id in found.refresh)]


def test_first_key_is_created_once(processes: Processes, database: str, settings: Any) -> None:
    for _ in range(TRIALS):
        models.SigningKey.objects.all().delete()
        models.Issuer.objects.all().delete()
        rings = processes.run(8, first_use, (database, settings.BEARER, False))
        assert len({tuple(ring) for ring in rings}) == 1, rings
        assert [len(ring) for ring in rings] == [2] * 8
        assert sorted(models.SigningKey.objects.values_list("use", "serial")) == [("refresh", 1), ("sig", 1)]


def guess(setting: tuple[Any, ...], attempts: int, name: str) -> list[int]:
    with settled(*setting), ThreadGroup(attempts) as threads:
        api = Api()
        return [reply.status for reply in threads.run([partial(api.login, name, "a wrong one")] * attempts)]


def test_exactly_as_many_guesses_as_allowed_are_let_through(
    processes: Processes, place: str, atomic_requests: bool, settings: Any, user: Any
) -> None:
    wide = settings.BEARER["LOGIN_RATE_LIMITS"]["address"]
    rates = {"address": wide, "address_account": f"{LIMIT}/day", "account": wide}
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": rates}
    for _ in range(STORMS):
        models.RateLimitCounter.objects.all().delete()
        replies = processes.run(WORKERS, guess, (place, settings.BEARER, atomic_requests), EACH, user.username)
        found = Counter(status for statuses in replies for status in statuses)
        assert found == {401: LIMIT, 429: EACH * WORKERS - LIMIT}


def log_in(setting: tuple[Any, ...], name: str) -> list[int]:
    with settled(*setting), ThreadGroup() as threads:
        api = Api()
        return [reply.status for reply in threads.run([partial(api.login, name, PASSWORD)] * threads.size)]


def test_nobody_who_logs_in_at_once_with_others_is_refused(
    processes: Processes, place: str, atomic_requests: bool, settings: Any, user: Any
) -> None:
    for _ in range(STORMS):
        replies = processes.run(WORKERS, log_in, (place, settings.BEARER, atomic_requests), user.username)
        found = {status for statuses in replies for status in statuses}
        # At REPEATABLE READ each commit turns all the others back: a loaded machine may ask some to come again.
        assert found <= ({200, 503} if place == "postgres_strict" else {200})
        assert 200 in found


def rotate_keys(setting: tuple[Any, ...]) -> str:
    """The ordinary way: a new key is published, then signs, and the old one retires."""
    with settled(*setting):
        signing_keys.clear_cache()
        (old,) = signing_keys.active(ISSUER)
        new = key_rotation.publish(ISSUER)
        key_rotation.move(ISSUER, new, KeyState.ACTIVE)
        key_rotation.move(ISSUER, old, KeyState.RETIRED)
        return new


def revoke(setting: tuple[Any, ...], kid: str) -> None:
    with settled(*setting):
        revoke_key(kid)


def test_no_live_token_is_refused_while_another_process_rotates_the_keys(
    processes: Processes, api: Api, threads: ThreadGroup, place: str, settings: Any, user: Any
) -> None:
    for _ in range(TRIALS):
        over = threading.Event()

        def change(over: threading.Event = over) -> set[int]:
            try:
                processes.run(1, rotate_keys, (place, settings.BEARER, False))
            finally:
                over.set()
            return set()

        def call(token: str, over: threading.Event = over) -> set[int]:
            """Ask with an old token, and with those that refreshes yield meanwhile."""
            found = set()
            while True:
                last = over.is_set()
                issued = issue_session(user)
                found |= {api.get("/drf/", token).status, api.get("/drf/", issued.access_token).status}
                if last:
                    return found

        token = issue_session(user).access_token
        *statuses, _ = threads.run([*[partial(call, token)] * (SIZE - 1), change])
        assert set().union(*statuses) == {200}
        leave_what_signs()


def test_a_key_revoked_in_another_process_is_refused_from_then_on(
    processes: Processes, api: Api, threads: ThreadGroup, place: str, settings: Any, user: Any
) -> None:
    for _ in range(TRIALS):
        issued = issue_session(user)
        (kid,) = signing_keys.active(ISSUER)
        over = threading.Event()

        def end(over: threading.Event = over, kid: str = kid) -> list[int]:
            processes.run(1, revoke, (place, settings.BEARER, False), kid)
            over.set()
            return []

        def call(token: str = issued.access_token, over: threading.Event = over) -> list[int]:
            """What the calls that began after the revocation were answered."""
            while not over.is_set():
                assert api.get("/drf/", token).status in (200, 401)
            return [api.get("/drf/", token).status for _ in range(3)]

        replies = threads.run([end, *[call] * (SIZE - 1)])
        assert {status for statuses in replies for status in statuses} == {401}
        renewed = api.refresh(issued.refresh_token or "").body
        assert api.get("/drf/", renewed["access_token"]).status == 200
        leave_what_signs()


def start_anew(setting: tuple[Any, ...]) -> None:
    with settled(*setting):
        signing_keys.clear_cache()
        clear_signature_cache()


def call_with(setting: tuple[Any, ...], token: str) -> int:
    with settled(*setting):
        return int(Client().get("/plain/", secure=True, headers={"Authorization": f"Bearer {token}"}).status_code)


def test_a_token_revoked_in_one_process_is_refused_in_all(
    processes: Processes, place: str, atomic_requests: bool, settings: Any, user: Any
) -> None:
    """RV-04. Each process has met the token before, and remembers its signature."""
    setting = (place, settings.BEARER, atomic_requests)
    processes.run(8, start_anew, setting)
    for kind in ("access_token", "refresh_token"):
        issued = issue_session(user)
        assert processes.run(8, call_with, setting, issued.access_token) == [200] * 8
        body = urlencode({"token": getattr(issued, kind)})
        answer = Client().post("/auth/revoke/", body, "application/x-www-form-urlencoded", secure=True)
        assert answer.status_code == 200
        assert processes.run(8, call_with, setting, issued.access_token) == [401] * 8
