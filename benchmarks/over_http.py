"""GETs over HTTP and TLS: requests a second and processor time of the server, ours beside other packages.

    python -m benchmarks.over_http [--rounds N] [--requests N] [--server NAME] [--out FOLDER]      (or `make bench`)

One worker of gunicorn or granian answers behind nginx, which speaks TLS; a client keeps some connections busy. The
server has one core; the database, nginx and the client have the other. In each round every party gets a block of
requests, in shuffled order, on the same server. The processor time is that of the server's processes alone, and
hardly depends on what else the machine does; requests a second and the times do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from . import chart, http_client, http_servers, http_site, project, servers
from .terminal import progress, table

NONE = "no authentication"
PLAIN, ASYNC = "plain view", "plain view, async"
YARDSTICK = "simplejwt"
WARM_UP = 100
"""Requests of each party before the first round: they connect, compile and fill memory."""
NAMES = tuple(kind.name for kind in http_servers.KINDS)


@dataclass
class Party:
    """One way to answer: its request as it travels, and what was measured. `baseline` names the bare view."""

    name: str
    raw: bytes
    baseline: str = NONE
    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def main() -> None:
    """Measure, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="rounds on every server (default 20)")
    parser.add_argument("--requests", type=int, default=400, help="requests of a party in a round (default 400)")
    parser.add_argument("--connections", type=int, default=8, help="connections that are kept busy (default 8)")
    parser.add_argument("--server", action="append", choices=NAMES, help="this server only; may be repeated")
    parser.add_argument("--out", type=Path, help="write the figures, a table and charts to this folder")
    asked = parser.parse_args()
    cores = os.sched_getaffinity(0)
    own, others = {max(cores)}, {min(cores)}
    os.sched_setaffinity(0, others)  # the database and the client
    with servers.server("postgresql") as database:
        project.configure(database, http_site.URLS)
        found: dict[str, Any] = {
            "rounds": asked.rounds,
            "requests": asked.requests,
            "connections": asked.connections,
            "servers": {},
        }
        for kind in http_servers.KINDS:
            if not asked.server or kind.name in asked.server:
                found["servers"][kind.name] = run(kind, database, own, others, asked)
    found["machine"] = _machine()
    print(report(found))
    if asked.out:
        write(found, asked.out)


def run(
    kind: http_servers.Kind, database: dict[str, Any], own: set[int], others: set[int], asked: argparse.Namespace
) -> dict[str, Any]:
    """The figures of every party on one server."""
    found, order = parties(kind.is_async), random.Random(0)
    with http_servers.serving(kind, database, own, others) as server:
        for party in found:
            asyncio.run(http_client.load(server.port, server.authority, party.raw, asked.connections, WARM_UP))
        for _ in progress(range(asked.rounds), kind.name):
            for party in order.sample(found, len(found)):
                _block(party, server, asked)
    return figures(found)


def _block(party: Party, server: http_servers.Running, asked: argparse.Namespace) -> None:
    """One block of requests of one party."""
    spent, began = server.processor_seconds(), perf_counter()
    times = asyncio.run(http_client.load(server.port, server.authority, party.raw, asked.connections, asked.requests))
    party.rates.append(asked.requests / (perf_counter() - began))
    party.processor.append((server.processor_seconds() - spent) / asked.requests)
    party.times += times


def parties(is_async: bool) -> list[Party]:
    """Every party with a token of one user; on an asynchronous server also asynchronous views."""
    from knox.models import AuthToken
    from rest_framework.authtoken.models import Token
    from rest_framework_simplejwt.tokens import AccessToken

    from django_bearer import issue_session

    user = _user()
    ours = f"Bearer {issue_session(user).access_token}"
    found = [
        Party(NONE, http_client.request("/none/")),
        Party("django-bearer", http_client.request("/bearer/", ours)),
        Party(YARDSTICK, http_client.request("/simplejwt/", f"Bearer {AccessToken.for_user(user)}")),
        # bearer: ignore[BT610] -- the package is measured as it is; the database is dropped afterwards
        Party("authtoken", http_client.request("/authtoken/", f"Token {Token.objects.get_or_create(user=user)[0]}")),
        Party("knox", http_client.request("/knox/", f"Token {AuthToken.objects.create(user)[1]}")),
        Party(PLAIN, http_client.request("/plain/none/"), PLAIN),
        Party(f"{PLAIN}, django-bearer", http_client.request("/plain/user/", ours), PLAIN),
    ]
    if is_async:
        found += [
            Party(ASYNC, http_client.request("/async/none/"), ASYNC),
            Party(f"{ASYNC}, django-bearer", http_client.request("/async/user/", ours), ASYNC),
        ]
    return found


def _user() -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.filter(username="ann").first() or project.user()


def figures(found: Sequence[Party]) -> dict[str, Any]:
    """The figures of measured parties, by name."""
    by_name = {party.name: party for party in found}
    yardstick = by_name.get(YARDSTICK)
    return {party.name: _figure(party, by_name, yardstick) for party in found}


def _figure(party: Party, by_name: Mapping[str, Party], yardstick: Party | None) -> dict[str, Any]:
    bare, spent = by_name[party.baseline], _mean(party.processor)
    added = spent - _mean(bare.processor)
    to = None if yardstick is None else _mean(yardstick.processor) - _mean(by_name[yardstick.baseline].processor)
    return {
        "requests_per_second": round(median(party.rates), 1),
        "requests_per_second_middle_half": _middle_half(party.rates),
        "of_the_bare_view": round(median(own / none for own, none in zip(party.rates, bare.rates, strict=True)), 3),
        "p50_ms": round(1000 * median(party.times), 2),
        "p99_ms": round(1000 * quantiles(party.times, n=100, method="inclusive")[98], 2),
        "processor_us": round(1e6 * spent, 1),
        "processor_added_us": round(1e6 * added, 1),
        "processor_added_to_simplejwt": round(added / to, 3) if to and to > 0 else None,
    }


def _mean(values: Sequence[float]) -> float:
    """The mean, not the median: the clock of processes ticks a hundred times a second."""
    return sum(values) / len(values)


def _middle_half(values: Sequence[float]) -> list[float]:
    found = quantiles(values, n=4, method="inclusive") if len(values) > 1 else [*values] * 3
    return [round(each, 1) for each in found[::2]]


def _machine() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), **servers.version(), "cores": str(os.cpu_count())}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return {**found, "load": f"{os.getloadavg()[0]:.1f}"}


PACKAGES = (
    "django",
    "djangorestframework",
    "djangorestframework-simplejwt",
    "django-rest-knox",
    "gunicorn",
    "granian",
)
HEAD = (
    *("", "requests/s", "middle half", "of the bare view", "p50 ms", "p99 ms"),
    *("processor µs", "added", "to simplejwt"),
)


def report(found: Mapping[str, Any]) -> str:
    """The figures as Markdown tables."""
    lines = [", ".join(f"{name} {value}" for name, value in found["machine"].items())]
    lines.append(
        f"{found['rounds']} rounds with {found['requests']} requests each, on {found['connections']} connections"
    )
    for name, cases in found["servers"].items():
        lines += ["", f"### {name}", "", table(HEAD, [_row(case, figure) for case, figure in cases.items()])]
    return "\n".join(lines)


def _row(name: str, figure: Mapping[str, Any]) -> list[str]:
    low, high = figure["requests_per_second_middle_half"]
    ratio = figure["processor_added_to_simplejwt"]
    return [
        name,
        *(f"{figure['requests_per_second']:.0f}", f"{low:.0f} to {high:.0f}", f"{figure['of_the_bare_view']:.2f}"),
        *(f"{figure['p50_ms']:.2f}", f"{figure['p99_ms']:.2f}"),
        *(f"{figure['processor_us']:.0f}", f"{figure['processor_added_us']:.0f}"),
        "" if ratio is None else f"{ratio:.2f}",
    ]


def write(found: Mapping[str, Any], folder: Path) -> None:
    """The figures as JSON, and from them a Markdown page and charts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "http.json").write_text(json.dumps(found, indent=2) + "\n")
    lines = [
        "# Measured speed over HTTP",
        "",
        "Written by `make bench`. One worker answers a GET behind nginx with TLS. *Of the bare view* are requests a",
        "second beside the same view without authentication. *Processor* is the time of the server's processes for",
        "a request, *added* the difference to that view. [Speed](../explain/speed.md) says how far to trust it.",
        "",
        *_pictures(found, folder),
        "",
        report(found),
    ]
    (folder / "http.md").write_text("\n".join(lines) + "\n")


def _pictures(found: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """A chart for each server, for light and for dark pages, as lines of Markdown."""
    for name, cases in found["servers"].items():
        file = f"http-{name.replace(', ', '-').lower()}"
        values = {case: figure["requests_per_second"] for case, figure in cases.items()}
        for scheme in ("light", "dark"):
            picture = chart.bars(f"{name}: requests a second", values, dark=scheme == "dark")
            (folder / f"{file}-{scheme}.svg").write_text(picture)
            yield f"![{name}]({file}-{scheme}.svg#only-{scheme})"


if __name__ == "__main__":
    main()
