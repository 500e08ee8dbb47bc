"""What authentication adds to a request, beside the packages most projects use today, in one interleaved run.

    python -m benchmarks.speed [--out FOLDER] [--rounds N]      (or `make bench`, `make bench QUICK=1`)

Every party answers from the same process, the same PostgreSQL, the same middleware of `startproject`, the same view
and a persistent connection; requests enter through Django's own WSGI handler. Each round runs a small batch of each
party in a shuffled order, so that whatever else the machine does falls on all alike. A figure is the median; a ratio
is taken within each round and given as the median of the rounds with the middle half of them. Before each batch a
fixed loop is timed: a round in which it took much longer than usual was disturbed, and is dropped.
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
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from . import chart, postgres, project
from .terminal import progress, table

Environ = dict[str, Any]
WARM_UP = 30
GET_BATCH = 20
REFRESH_BATCH = 8
GOALS = {"get": 0.42, "refresh": 0.2, "login": 1.5, "logout": 0.4}
"""At most so much of what the same adds with simplejwt."""
DISTURBED = 1.25
"""A round is dropped where the fixed loop took so many times its median."""
PASSWORD = "correct horse battery staple"


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
    parser.add_argument("--out", type=Path, help="write the figures, a table and charts to this folder")
    asked = parser.parse_args()
    ours, theirs = _cores(asked.cores)
    os.sched_setaffinity(0, theirs)  # what is started now stays there
    with postgres.server() as database:
        os.sched_setaffinity(0, ours)
        project.configure(database)
        found = measure(asked.rounds)
    found["cores used"] = asked.cores
    found["machine"]["load"] = f"{os.getloadavg()[0]:.1f}"
    print(report(found))
    if asked.out:
        write(found, asked.out)


def write(found: Mapping[str, Any], folder: Path) -> None:
    """The figures as JSON, as a Markdown page, and a chart of each group for light and for dark pages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speed.json").write_text(json.dumps(found, indent=2) + "\n")
    lines = [
        "# Measured speed",
        "",
        "Written by `make bench`. [Speed](../explain/speed.md) says what is measured, and how.",
        "",
    ]
    for name, cases in found["groups"].items():
        file = name.split(",")[0].replace(" ", "-") + ("-off" if name.endswith("off") else "")
        values = {case: max(figure["added_us"], 0) for case, figure in cases.items() if figure["added_us"]}
        for scheme in ("light", "dark"):
            picture = chart.bars(f"{name}: µs added", values, dark=scheme == "dark")
            (folder / f"{file}-{scheme}.svg").write_text(picture)
            lines.append(f"![{name}]({file}-{scheme}.svg#only-{scheme})")
    (folder / "speed.md").write_text("\n".join([*lines, "", report(found)]) + "\n")


def _cores(wanted: str) -> tuple[set[int], set[int]]:
    """The cores for Python and for PostgreSQL."""
    free = os.sched_getaffinity(0)
    first, last = {min(free)}, {max(free)}
    return {"one": (last, last), "two": (last, first), "any": (free, free)}[wanted]


def measure(rounds: int) -> dict[str, Any]:
    """Run every group and return the figures."""
    from django.db import connection

    user = project.user()
    groups = {
        "public view": _run(_public_cases(), rounds, GET_BATCH, "public"),
        "get": _run(_get_cases(user), rounds, GET_BATCH, "GET"),
    }
    users = cycle(project.many_users(500))
    groups["login"] = _run(_login_cases(users), rounds, REFRESH_BATCH, "login")
    groups["logout"] = _run(_logout_cases(users), rounds, REFRESH_BATCH, "logout")
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
    spins = []
    for _ in progress(range(rounds), label):
        longest = 0
        for case in order.sample(cases, len(cases)):
            longest = max(longest, _spin())
            case.rounds.append(median(_batch(case, batch)))
        spins.append(longest)
    usual = median(spins)
    quiet = [number for number, took in enumerate(spins) if took <= DISTURBED * usual]
    for case in cases:
        case.rounds = [case.rounds[number] for number in quiet]
        case.samples = case.rounds
    return _figures(cases)


def _spin() -> int:
    """How long a fixed loop takes, in nanoseconds: longer where somebody else has the core."""
    began = time.perf_counter_ns()
    for _ in range(20_000):
        pass
    return time.perf_counter_ns() - began


def _batch(case: Case, size: int) -> list[float]:
    return [_timed(case, environ) for environ in case.requests(size)]


def _timed(case: Case, environ: Environ) -> float:
    began = time.perf_counter_ns()
    status = _call(case.handler, environ)
    took = (time.perf_counter_ns() - began) / 1000
    if not status.startswith("20"):
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
    yardstick = next((case for case in cases if case.name.startswith("simplejwt")), None)
    return {case.name: _figure(case, bare, yardstick) for case in cases}


def _figure(case: Case, bare: Case, yardstick: Case | None) -> dict[str, Any]:
    added = [own - none for own, none in zip(case.rounds, bare.rounds, strict=True)]
    to = added if yardstick is None else [o - n for o, n in zip(yardstick.rounds, bare.rounds, strict=True)]
    low, middle, high = quantiles([own / (other or 1) for own, other in zip(added, to, strict=True)], n=4)
    return {
        "rounds": len(added),
        "median_us": round(median(case.rounds), 1),
        "added_us": round(median(added), 1),
        "added_us_middle_half": [round(each, 1) for each in quantiles(added, n=4)[::2]],
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


def _public_cases() -> list[Case]:
    """A view that needs nobody, without any middleware and with ours alone."""
    bare, ours = _handler([]), _handler(project.OUR_MIDDLEWARE[:1])
    return [
        Case("no middleware", bare, lambda n: [_environ("/none/") for _ in range(n)]),
        Case("django-bearer", ours, lambda n: [_environ("/public/") for _ in range(n)]),
    ]


def _login_cases(users: Iterator[Any]) -> list[Case]:
    """A login each from an address of its own, since no address may log in without end."""
    standard, ours = _handler(project.DJANGO_MIDDLEWARE), _handler(project.OUR_MIDDLEWARE)

    def body() -> dict[str, str]:
        return {"username": next(users).username, "password": PASSWORD}

    def login(path: str) -> Callable[[int], list[Environ]]:
        return lambda count: [_environ(path, body=body()) | {"REMOTE_ADDR": _address()} for _ in range(count)]

    return [
        Case("no authentication", standard, lambda n: [_environ("/none/", body={"refresh": "x"}) for _ in range(n)]),
        Case("django-bearer", ours, login("/auth/login/")),
        Case("simplejwt", standard, login("/simplejwt/login/")),
    ]


def _logout_cases(users: Iterator[Any]) -> list[Case]:
    from rest_framework_simplejwt.tokens import RefreshToken

    from django_bearer import issue_session

    standard, ours = _handler(project.DJANGO_MIDDLEWARE), _handler(project.OUR_MIDDLEWARE)

    def bearer(count: int) -> list[Environ]:
        tokens = [issue_session(next(users)).access_token for _ in range(count)]
        return [_environ("/auth/logout/", f"Bearer {token}", body={}) for token in tokens]

    def simplejwt(count: int) -> list[Environ]:
        tokens = [str(RefreshToken.for_user(next(users))) for _ in range(count)]
        return [_environ("/simplejwt/logout/", body={"refresh": token}) for token in tokens]

    return [
        Case("no authentication", standard, lambda n: [_environ("/none/", body={"refresh": "x"}) for _ in range(n)]),
        Case("django-bearer", ours, bearer),
        Case("simplejwt, blacklist", standard, simplejwt),
    ]


def _address() -> str:
    return f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"


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
        goal = GOALS.get(name.split(",")[0])
        if goal is None:
            continue
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
