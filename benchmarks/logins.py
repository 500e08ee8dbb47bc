"""Many logins a second for two minutes, ours beside simplejwt's: how long they take while the database flushes each.

    python -m benchmarks.logins [--rate N] [--seconds N] [--database NAME] [--out FILE]

Requests begin at fixed times, whether those before them are done or not, and a time counts from when its request was
due. The password hasher is MD5, so that a login is not its hash. PostgreSQL runs with `synchronous_commit` on,
MariaDB with `innodb_flush_log_at_trx_commit = 1`: both wait for the disk at each commit.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from . import measure, project, servers
from .terminal import table

WORKERS = 8
LATE = 5.0
"""Seconds for what is under way to end, and for the database to write its statistics down."""
HEAD = ("", "logins", "a second", "p50 ms", "p99 ms", "statements", "commits", "dead rows a login")


def main() -> None:
    """Run both, one after the other, and show the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rate", type=int, default=100, help="logins a second (default 100)")
    parser.add_argument("--seconds", type=int, default=120, help="seconds for each (default 120)")
    parser.add_argument("--database", choices=("postgresql", "mariadb"), default="postgresql")
    parser.add_argument("--out", type=Path, help="write the figures to this file as JSON")
    asked = parser.parse_args()
    with servers.server(asked.database) as database:
        project.configure(database)
        found = {name: run(case, asked.rate, asked.seconds) for name, case in _cases(asked.rate * asked.seconds)}
        found["machine"] = {**servers.version(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    rows = [(name, *map(str, figure.values())) for name, figure in found.items() if name != "machine"]
    print(f"{servers.TITLES[asked.database]}, {found['machine']}\n\n{table(HEAD, rows)}")
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=2) + "\n")


def _cases(most: int) -> list[tuple[str, Any]]:
    """Ours and simplejwt's, each with a user of its own for each login."""
    from . import parties

    users = itertools.cycle(project.many_users(most))

    def account() -> dict[str, str]:
        return {"username": next(users).username, "password": parties.PASSWORD}

    ours = parties.handler(project.OUR_MIDDLEWARE)
    theirs = parties.handler(project.DJANGO_MIDDLEWARE)
    return [
        ("django-bearer", parties._post("django-bearer", ours, "/auth/login/", account)),
        ("simplejwt", parties._post("simplejwt", theirs, "/simplejwt/login/", account)),
    ]


def run(case: measure.Case, rate: int, seconds: int) -> dict[str, Any]:
    """The figures of so many logins a second."""
    from django.contrib import auth

    from django_bearer.http import limited_authenticate

    patched = limited_authenticate._PATCHED
    kept = getattr(auth, patched)
    if case.name != "django-bearer":  # our app counts every `authenticate()` of a project, and must not count theirs
        setattr(auth, patched, project.DJANGO_BACKENDS)
    try:
        measure._warm_up(case)
        requests = case.requests(rate * seconds)
        dead = _dead_rows()
        took, lasted = _send(case.handler, requests, rate)
        dead = _each(dead, _dead_rows(), len(took))
    finally:
        setattr(auth, patched, kept)
    cuts = quantiles(took, n=100)
    return {
        "logins": len(took),
        "a second": round(len(took) / lasted, 1),
        "p50 ms": round(1000 * cuts[49], 2),
        "p99 ms": round(1000 * cuts[98], 2),
        "statements": case.statements,
        "commits": case.commits,
        "dead rows": dead,
    }


def _send(handler: Callable[..., Any], requests: Sequence[measure.Environ], rate: int) -> tuple[list[float], float]:
    """Send each request when it is due; the seconds from then to its answer, and the seconds that all took."""
    from django.db import connections

    numbers, took, faults = itertools.count(), [0.0] * len(requests), []
    start = time.monotonic() + 0.5

    def work() -> None:
        while (number := next(numbers)) < len(requests):
            due = start + number / rate
            time.sleep(max(due - time.monotonic(), 0))
            status = measure.call(handler, requests[number])
            took[number] = time.monotonic() - due
            if not status.startswith("2"):
                faults.append(status)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if faults:
        raise RuntimeError(f"{len(faults)} logins were refused: {sorted(set(faults))}")
    return took, time.monotonic() - start


def _dead_rows() -> int | None:
    """How many rows were changed or deleted so far, each of which leaves an old one behind. None where nobody counts.

    PostgreSQL counts them by table. MariaDB counts those of the whole server, which nobody else uses.
    """
    from django.db import connection

    time.sleep(LATE)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT sum(n_tup_upd + n_tup_del) FROM pg_stat_user_tables")
            return int(cursor.fetchone()[0])
        cursor.execute("SHOW GLOBAL STATUS WHERE Variable_name IN ('Handler_update', 'Handler_delete')")
        counted = dict(cursor.fetchall())
        return sum(map(int, counted.values())) if len(counted) == 2 else None


def _each(before: int | None, after: int | None, logins: int) -> float | str:
    return "not measured" if before is None or after is None else round((after - before) / logins, 2)


if __name__ == "__main__":
    main()
