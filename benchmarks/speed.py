"""What authentication adds to a request, beside the packages most projects use today, in one interleaved run.

    python -m benchmarks.speed [--out FOLDER] [--rounds N] [--database NAME] [--only GROUP]      (or `make bench`)

Every party answers from the same process, the same database, the same middleware of `startproject`, the same view and
a persistent connection; requests enter through Django's own WSGI handler. Each round runs a small batch of each
party in a shuffled order, so that whatever else the machine does falls on all alike. A figure is the median; a ratio
is taken within each round and given as the median of the rounds with the middle half of them. Before each batch a
fixed loop is timed: a round in which it took much longer than usual was disturbed, and is dropped.

Two figures are given. The wall clock's contains the database's work. The processor time is that of the Python process
alone, and hardly depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import chart, measure, project, servers
from .terminal import table

BATCHES = {"GET": 20, "GET without the user": 20, "GET public": 40, "GET refused": 20}
BATCH = 8
"""Requests of one case in one round; of GETs there are more."""
GOALS = {
    ("GET", "django-bearer"): 0.42,
    ("refresh", "django-bearer"): 0.2,
    ("login", "django-bearer"): 1.5,
    ("logout", "django-bearer"): 0.4,
}
"""At most so much of what the same adds with simplejwt, by the wall clock."""
GOAL_TO_LIMIT = 1.25
ON_OTHERS = ("GET", "login", "refresh")
"""What is measured on MariaDB and SQLite, too."""
REFRESHES = 1000


def main() -> None:
    """Measure, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=60, help="rounds of every group (default 60)")
    parser.add_argument("--database", choices=servers.NAMES, default="postgresql")
    parser.add_argument("--only", action="append", help="measure this group only; may be repeated")
    parser.add_argument(
        "--cores",
        choices=("one", "two", "any"),
        default="one",
        help="where Python and the database run: on one core (least noise), on one each, or wherever (default one)",
    )
    parser.add_argument("--no-growth", action="store_true", help=f"leave out what {REFRESHES} refreshes leave behind")
    parser.add_argument("--out", type=Path, help="write the figures, a table and charts to this folder")
    asked = parser.parse_args()
    ours, theirs = _cores(asked.cores)
    os.sched_setaffinity(0, theirs)  # what is started now stays there
    with servers.server(asked.database) as database:
        os.sched_setaffinity(0, ours)
        project.configure(database)
        found = run(asked.rounds, asked.only, asked.database == "postgresql", not asked.no_growth)
    found["cores used"] = asked.cores
    found["database"] = asked.database
    found["machine"]["load"] = f"{os.getloadavg()[0]:.1f}"
    print(report(found))
    if asked.out:
        write(found, asked.out)


def run(rounds: int, only: list[str] | None, whole: bool, growth: bool) -> dict[str, Any]:
    """Run the groups that were asked for and return the figures."""
    from . import asgi, parties

    made = parties.Parties()
    named = only or (None if whole else list(ON_OTHERS))
    groups = {}
    for name, cases in made.groups().items():
        if named is None or name in named:
            groups[name] = measure.run(cases(), rounds, BATCHES.get(name, BATCH), name)
    if named is None or "GET under ASGI" in named:
        groups["GET under ASGI"] = measure.run(asgi.get(made.user), rounds, BATCHES["GET"], "GET under ASGI")
        for figure in groups["GET under ASGI"].values():  # sent from other threads, where nobody counts them
            figure.update(statements="", commits="", rows_added="")
    found: dict[str, Any] = {"machine": _machine(), "rounds": rounds, "groups": groups}
    if growth and (named is None or "refresh" in named):
        cases = {case.name: case for case in made.refresh() if not case.name.startswith("no authentication")}
        found["growth"] = {name: _growth(case) for name, case in cases.items()}
    return found


def _growth(case: measure.Case) -> dict[str, int]:
    """Rows and bytes in all tables that so many refreshes add; their sessions are there before."""
    requests = case.requests(REFRESHES)
    rows, size = measure.stored(), _bytes()
    for environ in requests:
        measure.call(case.handler, environ)
    return {"rows": measure.stored() - rows, "bytes": _bytes() - size}


def _bytes() -> int:
    """Bytes of all tables with their indexes, where the database says so."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND oid > 16384")
        return int(cursor.fetchone()[0])


def write(found: Mapping[str, Any], folder: Path) -> None:
    """The figures of this database as JSON, and from all there are a Markdown page and charts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"speed-{found['database']}.json").write_text(json.dumps(found, indent=2) + "\n")
    lines = [
        "# Measured speed",
        "",
        "Written by `make bench`. [Speed](../explain/speed.md) says what is measured, and how. *Added* is the",
        "difference to the same view without authentication. The wall clock contains the database's work; processor",
        "time is that of the Python process alone. Ratios are taken within a round, in which all parties answer.",
    ]
    for database in servers.NAMES:
        file = folder / f"speed-{database}.json"
        if file.exists():
            kept = json.loads(file.read_text())
            lines += ["", f"## {servers.TITLES[database]}", ""]
            lines += [*_pictures(kept, folder), "", report(kept)]
    (folder / "speed.md").write_text("\n".join(lines) + "\n")


def _pictures(found: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """The charts of the groups, written for light and for dark pages, as lines of Markdown."""
    for name, cases in found["groups"].items():
        file = f"{found['database']}-{name.replace(' ', '-').lower()}"
        values = {case: max(figure["wall"]["added_us"], 0) for case, figure in cases.items() if _is_party(case)}
        for scheme in ("light", "dark"):
            picture = chart.bars(f"{name}: µs added", values, dark=scheme == "dark")
            (folder / f"{file}-{scheme}.svg").write_text(picture)
            yield f"![{name}]({file}-{scheme}.svg#only-{scheme})"


def _is_party(case: str) -> bool:
    return not case.startswith(("no authentication", "plain view", "REST framework"))


def _cores(wanted: str) -> tuple[set[int], set[int]]:
    """The cores for Python and for the database."""
    free = os.sched_getaffinity(0)
    first, last = {min(free)}, {max(free)}
    return {"one": (last, last), "two": (last, first), "any": (free, free)}[wanted]


def _machine() -> dict[str, str]:
    from importlib.metadata import version

    packages = {
        "django": "django",
        "restframework": "djangorestframework",
        "simplejwt": "djangorestframework-simplejwt",
        "knox": "django-rest-knox",
        "oauth-toolkit": "django-oauth-toolkit",
        "allauth": "django-allauth",
        "ninja-jwt": "django-ninja-jwt",
    }
    return {
        "python": platform.python_version(),
        **{name: version(package) for name, package in packages.items()},
        **servers.version(),
        "cores": str(os.cpu_count()),
    }


def report(found: Mapping[str, Any]) -> str:
    """The figures as Markdown tables, each with its goal."""
    return "\n".join(_report(found))


HEAD = (
    *("", "wall µs", "added", "to simplejwt", "middle half", "to the limit"),
    *("processor µs", "added", "to simplejwt", "to the limit", "statements", "commits", "rows"),
)


def _report(found: Mapping[str, Any]) -> Iterator[str]:
    yield ", ".join(f"{name} {value}" for name, value in found["machine"].items())
    yield f"cores used: {found['cores used']}; {found['rounds']} rounds"
    for name, cases in found["groups"].items():
        used = min(figure["rounds"] for figure in cases.values())
        yield f"\n{name} ({used} rounds were undisturbed)\n"
        yield table(HEAD, [_row(case, figures) for case, figures in cases.items()])
        yield from _verdicts(name, cases)
    if found.get("growth"):
        yield f"\nafter {REFRESHES} refreshes of as many sessions\n"
        yield table(("", "rows", "bytes"), [(n, str(g["rows"]), str(g["bytes"])) for n, g in found["growth"].items()])


def _verdicts(name: str, cases: Mapping[str, Any]) -> Iterator[str]:
    for (group, case), goal in GOALS.items():
        if group == name and case in cases:
            ratio = cases[case]["wall"]["ratio"]
            yield f"\ngoal {goal} of simplejwt: {'met' if ratio <= goal else 'NOT met'} ({ratio})"
    if name == "GET" and "to_limit" in cases["django-bearer"]["wall"]:
        ratio = cases["django-bearer"]["wall"]["to_limit"]
        verdict = "met" if ratio <= GOAL_TO_LIMIT else "NOT met"
        yield f"\ngoal {GOAL_TO_LIMIT} of the limit: {verdict} ({ratio})"


def _row(name: str, figure: Mapping[str, Any]) -> list[str]:
    wall, cpu = figure["wall"], figure["cpu"]
    low, high = wall["ratio_middle_half"]
    return [
        name,
        *(f"{wall['median_us']:.0f}", f"{wall['added_us']:.0f}", f"{wall['ratio']:.2f}", f"{low:.2f} to {high:.2f}"),
        f"{wall['to_limit']:.2f}" if "to_limit" in wall else "",
        *(f"{cpu['median_us']:.0f}", f"{cpu['added_us']:.0f}", f"{cpu['ratio']:.2f}"),
        f"{cpu['to_limit']:.2f}" if "to_limit" in cpu else "",
        *(str(figure["statements"]), str(figure["commits"]), str(figure["rows_added"])),
    ]


if __name__ == "__main__":
    main()
