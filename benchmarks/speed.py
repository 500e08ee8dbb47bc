"""What authentication adds to a request, beside the packages most projects use today, in one interleaved run.

    python -m benchmarks.speed [--json FILE] [--rounds N]      (or `make bench`)

Every party answers from the same process, the same PostgreSQL, the same middleware of `startproject`, the same view
and a persistent connection; requests enter through Django's own WSGI handler. Each round runs a small batch of each
party in a shuffled order, so that whatever else the machine does falls on all alike. A figure is the median; a ratio
is taken within each round and given as the median of the rounds with the middle half of them.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from . import postgres, project
from .terminal import progress, table

Environ = dict[str, Any]
WARM_UP = 30
GET_BATCH = 20
REFRESH_BATCH = 8
GOALS = {"get": 0.4, "refresh": 0.3}


@dataclass
class Case:
    """One party's way to answer; `requests(n)` prepares n requests, untimed."""

    name: str
    handler: Callable[..., Any]
    requests: Callable[[int], list[Environ]]
    rounds: list[float] = field(default_factory=list)
    samples: list[float] = field(default_factory=list)
    statements: int = 0
    rows: int = 0


def main() -> None:
    """Measure, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=60, help="rounds of every group (default 60)")
    parser.add_argument(
        "--cores",
        choices=("one", "two", "any"),
        default="one",
        help="where Python and PostgreSQL run: on one core (the least noise), on one each, or wherever (default one)",
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    asked = parser.parse_args()
    ours, theirs = _cores(asked.cores)
    os.sched_setaffinity(0, theirs)  # what is started now stays there
    with postgres.server() as database:
        os.sched_setaffinity(0, ours)
        project.configure(database)
        found = measure(asked.rounds)
    found["cores used"] = asked.cores
    print(report(found))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


def _cores(wanted: str) -> tuple[set[int], set[int]]:
    """The cores for Python and for PostgreSQL."""
    free = os.sched_getaffinity(0)
    first, last = {min(free)}, {max(free)}
    return {"one": (last, last), "two": (last, first), "any": (free, free)}[wanted]


def measure(rounds: int) -> dict[str, Any]:
    """Run every group and return the figures."""
    from django.db import connection

    user = project.user()
    groups = {"get": _run(_get_cases(user), rounds, GET_BATCH, "GET")}
    for setting in ("on", "off"):
        with connection.cursor() as cursor:
            cursor.execute(f"SET synchronous_commit = {setting}")
        label = f"refresh, commit {setting}"
        groups[f"refresh, synchronous_commit {setting}"] = _run(_refresh_cases(user), rounds, REFRESH_BATCH, label)
    return {"machine": _machine(), "rounds": rounds, "groups": groups}


def _run(cases: list[Case], rounds: int, batch: int, label: str) -> dict[str, Any]:
    for case in cases:
        _warm_up(case)
    order = random.Random(0)
    for _ in progress(range(rounds), label):
        for case in order.sample(cases, len(cases)):
            times = _batch(case, batch)
            case.samples += times
            case.rounds.append(median(times))
    return _figures(cases)


def _batch(case: Case, size: int) -> list[float]:
    return [_timed(case, environ) for environ in case.requests(size)]


def _timed(case: Case, environ: Environ) -> float:
    began = time.perf_counter_ns()
    status = _call(case.handler, environ)
    took = (time.perf_counter_ns() - began) / 1000
    if status != "200 OK":
        raise RuntimeError(f"{case.name} answered {status}")
    return took


def _call(handler: Callable[..., Any], environ: Environ) -> str:
    answered: list[str] = []
    response = handler(environ, lambda status, headers, error=None: answered.append(status))
    for _ in response:
        pass
    response.close()
    return answered[0]


def _warm_up(case: Case) -> None:
    """The first requests, untimed: they compile, fill memory, and show what one request costs the database."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    _batch(case, WARM_UP)
    (environ,) = case.requests(1)
    before = _stored()
    with CaptureQueriesContext(connection) as captured:
        _timed(case, environ)
    case.statements = sum(not _is_bracket(query["sql"]) for query in captured.captured_queries)
    case.rows = _stored() - before


def _is_bracket(sql: str) -> bool:
    return sql.split(" ")[0].upper() in {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}


def _stored() -> int:
    """Rows in all tables of all parties."""
    from django.apps import apps

    return sum(model._default_manager.count() for model in apps.get_models())


def _figures(cases: list[Case]) -> dict[str, Any]:
    bare = cases[0]
    yardstick = next(case for case in cases if case.name.startswith("simplejwt"))
    return {case.name: _figure(case, bare, yardstick) for case in cases}


def _figure(case: Case, bare: Case, yardstick: Case) -> dict[str, Any]:
    ratios = [
        (own - none) / (other - none)
        for own, none, other in zip(case.rounds, bare.rounds, yardstick.rounds, strict=True)
    ]
    low, middle, high = quantiles(ratios, n=4)
    return {
        "median_us": round(median(case.samples), 1),
        "added_us": round(median(case.samples) - median(bare.samples), 1),
        "ratio": round(middle, 3),
        "ratio_middle_half": [round(low, 3), round(high, 3)],
        "statements": case.statements,
        "rows_added": case.rows,
    }


def _get_cases(user: Any) -> list[Case]:
    from rest_framework.authtoken.models import Token
    from rest_framework_simplejwt.tokens import AccessToken

    from django_bearer import issue_api_token, issue_session

    machine = issue_api_token(user, name="benchmark", expires_in=86_400)

    def case(name: str, path: str, handler: Callable[..., Any], authorization: str = "") -> Case:
        return Case(name, handler, lambda n: [_environ(path, authorization) for _ in range(n)])

    standard, ours = _handler(project.DJANGO_MIDDLEWARE), _handler(project.OUR_MIDDLEWARE)
    return [
        case("no authentication", "/none/", standard),
        case("django-bearer", "/bearer/", ours, f"Bearer {issue_session(user).access_token}"),
        case("django-bearer, API token", "/bearer/", ours, f"Bearer {machine.token}"),
        case("simplejwt", "/simplejwt/", standard, f"Bearer {AccessToken.for_user(user)}"),
        case("authtoken", "/authtoken/", standard, f"Token {Token.objects.get_or_create(user=user)[0].key}"),
    ]


def _refresh_cases(user: Any) -> list[Case]:
    """A refresh each of a session of its own, so that nobody is measured on a token that was traded already."""
    from rest_framework_simplejwt.tokens import RefreshToken

    from django_bearer import issue_session

    standard, ours = _handler(project.DJANGO_MIDDLEWARE), _handler(project.OUR_MIDDLEWARE)

    def bare(count: int) -> list[Environ]:
        return [_environ("/none/", body={"refresh": "x" * 200}) for _ in range(count)]

    def bearer(count: int) -> list[Environ]:
        tokens = [issue_session(user).refresh_token for _ in range(count)]
        return [_environ("/auth/refresh/", body={"refresh_token": token}) for token in tokens]

    def simplejwt(count: int) -> list[Environ]:
        tokens = [str(RefreshToken.for_user(user)) for _ in range(count)]
        return [_environ("/simplejwt/refresh/", body={"refresh": token}) for token in tokens]

    return [
        Case("no authentication", standard, bare),
        Case("django-bearer", ours, bearer),
        Case("simplejwt, rotation and blacklist", standard, simplejwt),
    ]


def _handler(middleware: list[str]) -> Callable[..., Any]:
    """Django's WSGI handler under these middleware."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    with override_settings(MIDDLEWARE=middleware):
        return WSGIHandler()


def _environ(path: str, authorization: str = "", body: Mapping[str, Any] | None = None) -> Environ:
    raw = json.dumps(body).encode() if body is not None else b""
    environ: Environ = {
        "REQUEST_METHOD": "POST" if body is not None else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_HOST": "testserver",
        "HTTP_ACCEPT": "application/json",
        "HTTP_USER_AGENT": "benchmark",
        "CONTENT_LENGTH": str(len(raw)),
        "CONTENT_TYPE": "application/json" if body is not None else "",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(raw),
        "wsgi.errors": sys.stderr,
    }
    return environ | ({"HTTP_AUTHORIZATION": authorization} if authorization else {})


def _machine() -> dict[str, str]:
    import django
    import rest_framework
    import rest_framework_simplejwt
    from django.db import connection

    return {
        "python": platform.python_version(),
        "django": django.get_version(),
        "restframework": rest_framework.__version__,
        "simplejwt": str(rest_framework_simplejwt.__version__),
        "postgresql": f"{connection.pg_version // 10000}.{connection.pg_version % 10000}",
        "cores": str(os.cpu_count()),
        "platform": platform.platform(terse=True),
    }


def report(found: Mapping[str, Any]) -> str:
    """The figures as Markdown tables, each with its goal."""
    return "\n".join(_report(found))


def _report(found: Mapping[str, Any]) -> Iterator[str]:
    yield ", ".join(f"{name} {value}" for name, value in found["machine"].items())
    yield f"cores used: {found['cores used']}; {found['rounds']} rounds"
    head = ("", "median µs", "added µs", "ratio to simplejwt", "middle half", "statements", "rows added")
    for name, cases in found["groups"].items():
        yield f"\n{name}\n"
        yield table(head, [_row(case, figures) for case, figures in cases.items()])
        goal = GOALS[name.split(",")[0]]
        ratio = cases["django-bearer"]["ratio"]
        yield f"goal {goal}: {'met' if ratio <= goal else 'NOT met'} ({ratio})"


def _row(name: str, figure: Mapping[str, Any]) -> list[str]:
    low, high = figure["ratio_middle_half"]
    return [
        name,
        f"{figure['median_us']:.0f}",
        f"{figure['added_us']:.0f}",
        f"{figure['ratio']:.2f}",
        f"{low:.2f} to {high:.2f}",
        str(figure["statements"]),
        str(figure["rows_added"]),
    ]


if __name__ == "__main__":
    main()
