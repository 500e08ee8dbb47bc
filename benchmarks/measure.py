"""Measures cases in shuffled rounds, and drops the rounds that other work on the machine disturbed.

Two times are taken of every request: the wall clock's, which contains the database's work, and this process's own
processor time, which does not, and which other programs on the machine hardly change.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from .terminal import progress

Environ = dict[str, Any]
WARM_UP = 30
DISTURBED = 1.25
"""A round is dropped where the fixed loop took so many times its median."""
CLOCKS: Mapping[str, Callable[[], int]] = {"wall": time.perf_counter_ns, "cpu": time.process_time_ns}
YARDSTICK = "simplejwt"
"""Ratios are to the first case of this name."""


@dataclass
class Case:
    """One party's way to answer; `requests(n)` prepares n requests, untimed. `baseline` is added nothing."""

    name: str
    handler: Callable[..., Any]
    requests: Callable[[int], list[Environ]]
    baseline: str = ""
    status: str = "2"
    """What the status of each answer begins with."""
    within: Callable[[], AbstractContextManager[None]] = nullcontext
    """The settings that this case alone has, for as long as it is measured."""
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    statements: int = 0
    commits: int = 0
    rows: int = 0


def run(cases: Sequence[Case], rounds: int, batch: int, label: str) -> dict[str, Any]:
    """Figures of the cases by name, from so many rounds with so many requests of each."""
    for case in cases:
        with case.within():
            _warm_up(case)
    order = random.Random(0)
    spins = []
    for _ in progress(range(rounds), label):
        longest = 0
        for case in order.sample(list(cases), len(cases)):
            with case.within():
                requests = case.requests(batch)
                gc.collect()
                longest = max(longest, _spin())
                taken = [_timed(case, environ) for environ in requests]
            case.wall.append(median(wall for wall, _ in taken))
            case.cpu.append(median(cpu for _, cpu in taken))
        spins.append(longest)
    usual = median(spins)
    quiet = [number for number, took in enumerate(spins) if took <= DISTURBED * usual]
    for case in cases:
        case.wall = [case.wall[number] for number in quiet]
        case.cpu = [case.cpu[number] for number in quiet]
    return figures(cases)


def _spin() -> int:
    """How long a fixed loop takes, in nanoseconds: longer where somebody else has the core."""
    began = time.perf_counter_ns()
    for _ in range(20_000):
        pass
    return time.perf_counter_ns() - began


def _timed(case: Case, environ: Environ) -> tuple[float, float]:
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    status = call(case.handler, environ)
    took = (time.perf_counter_ns() - wall) / 1000, (time.process_time_ns() - cpu) / 1000
    if not status.startswith(case.status):
        raise RuntimeError(f"{case.name} answered {status}")
    return took


def call(handler: Callable[..., Any], environ: Environ) -> str:
    """The status of the answer to one request, which is read and closed."""
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

    for environ in case.requests(WARM_UP):
        _timed(case, environ)
    (environ,) = case.requests(1)
    before = stored()
    with CaptureQueriesContext(connection) as captured:
        _timed(case, environ)
    sent = [query["sql"] for query in captured.captured_queries]
    case.statements = sum(not _is_bracket(sql) for sql in sent)
    case.commits = commits(sent)
    case.rows = stored() - before


_BRACKETS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
_WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")  # ours joins several writes


def _is_bracket(sql: str) -> bool:
    return sql.lstrip().upper().startswith(_BRACKETS)


def commits(sent: Sequence[str]) -> int:
    """How many commits these statements ask for, of those that have written something."""
    done, inside, written = 0, False, False
    for sql in (each.lstrip().upper() for each in sent):
        if sql.startswith("BEGIN"):
            inside, written = True, False
        elif sql.startswith(("COMMIT", "ROLLBACK")) and " TO " not in sql:
            done += inside and written and sql.startswith("COMMIT")
            inside = False
        elif sql.startswith(_WRITES):
            done += not inside
            written = True
    return done


def stored() -> int:
    """Rows in all tables of all parties."""
    from django.apps import apps

    return sum(model._default_manager.count() for model in apps.get_models())


def figures(cases: Sequence[Case]) -> dict[str, Any]:
    """The figures of measured cases, by name."""
    by_name = {case.name: case for case in cases}
    yardstick = next((case for case in cases if case.name.startswith(YARDSTICK)), None)
    return {case.name: _figure(case, by_name, yardstick or cases[0], cases[0].name) for case in cases}


def _figure(case: Case, by_name: Mapping[str, Case], yardstick: Case, default: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "rounds": len(case.wall),
        "statements": case.statements,
        "commits": case.commits,
        "rows_added": case.rows,
    }
    limit = next((other for name, other in by_name.items() if name.startswith("limit")), None)
    for clock in CLOCKS:
        own, to = _added(case, by_name, default, clock), _added(yardstick, by_name, default, clock)
        found[clock] = {
            "median_us": round(median(getattr(case, clock)), 1),
            "added_us": round(median(own), 1),
            "added_us_middle_half": _middle_half(own, 1),
            "ratio": _ratio(own, to),
            "ratio_middle_half": _middle_half(_each(own, to), 3),
        }
        if limit is not None:
            found[clock]["to_limit"] = _ratio(own, _added(limit, by_name, default, clock))
    return found


def _added(case: Case, by_name: Mapping[str, Case], default: str, clock: str) -> list[float]:
    """What a case adds to its baseline, round by round."""
    bare = by_name[case.baseline or default]
    return [own - none for own, none in zip(getattr(case, clock), getattr(bare, clock), strict=True)]


def _each(own: Sequence[float], other: Sequence[float]) -> list[float]:
    return [one / (two or 1) for one, two in zip(own, other, strict=True)]


def _ratio(own: Sequence[float], other: Sequence[float]) -> float:
    return round(median(_each(own, other)), 3)


def _middle_half(values: Sequence[float], digits: int) -> list[float]:
    found = quantiles(values, n=4) if len(values) > 1 else [*values] * 3
    return [round(each, digits) for each in found[::2]]
