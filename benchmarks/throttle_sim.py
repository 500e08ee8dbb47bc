"""Simulate the login rate limits on a normal Monday and under a botnet: who has to wait, and how many guesses pass.

    python -m benchmarks.throttle_sim [--json FILE] [--scale 1.0]

Counters and limits are the real ones, over a database in memory and a simulated clock. Passwords are not hashed.
The same seed is used for every variant.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .terminal import progress, table

NINE = 1_800_000_000 // 86_400 * 86_400 + 9 * 3600
"""A Monday, 9:00 UTC, in seconds since 1970."""
PEOPLE = 200
TYPO = 0.08
ADDRESSES = 10_000


def attempt(account: str, address: str, device: str = "", group: str = "") -> Any:
    """Count one attempt. Returns the seconds to wait, and the attempt to forget after a success."""
    from django_bearer.rate_limits import limiter, rules

    whose = f"user {account}"
    known = rules.known_device(address, device, f"{whose} {group}")
    made = known if device else rules.login(address, account, whose)
    return limiter.admit_login(made).wait, made


def office(scale: float, minutes: float, known: float) -> dict[str, Any]:
    """People at one address log in around nine, spread over so many minutes; some devices are known."""
    from django_bearer.rate_limits import limiter

    draw = random.Random(f"office {minutes} {known}")
    people = max(10, round(PEOPLE * scale))
    arrivals = sorted((NINE + draw.gauss(0, minutes * 60), f"user{n}") for n in range(people))
    delayed: set[str] = set()
    longest = 0.0
    waiting = [(at, at, name, f"device-{name}" if draw.random() < known else "") for at, name in arrivals]
    while waiting:
        waiting.sort()
        at, came, name, device = waiting.pop(0)
        with _at(at):
            wait, made = attempt(name, "192.0.2.1", device)
            if wait:
                delayed.add(name)
                waiting.append((at + wait, came, name, device))
            elif draw.random() < TYPO:
                waiting.append((at + draw.uniform(3, 10), came, name, device))
            else:
                limiter.forgive(made)
                longest = max(longest, at - came)
    return {"people": people, "minutes": minutes, "known": known, "delayed": len(delayed), "longest": round(longest)}


def botnet(scale: float, tries: int = 5) -> dict[str, Any]:
    """Every address tries one account a few times in a day, while its owner logs in once an hour."""
    from django_bearer.rate_limits import limiter

    draw = random.Random("botnet")
    addresses = max(200, round(ADDRESSES * scale))
    guesses = [
        (NINE + draw.uniform(0, 86_400), f"198.{18 + n // 65_536}.{n // 256 % 256}.{n % 256}")
        for n in range(addresses)
    ]
    times = sorted((at + draw.uniform(0, 3600) * k, address) for at, address in guesses for k in range(tries))
    owner = [NINE + hour * 3600.0 for hour in range(24)]
    found = {
        "addresses": addresses,
        "tried": len(times),
        "admitted": 0,
        "owner": 0,
        "owner_let_in": 0,
        "attacker_let_in": 0,
    }
    for at, address in progress(times, "botnet"):
        while owner and owner[0] <= at:
            with _at(owner.pop(0)):
                found["owner"] += 1
                wait, made = attempt("ann", "192.0.2.9", "device-of-ann")
                found["owner_let_in"] += not wait
                limiter.forgive(made)
                found["attacker_let_in"] += not attempt("ann", "192.0.2.9")[0]
        with _at(at):
            found["admitted"] += not attempt("ann", address)[0]
    return found


def stolen(scale: float, devices: int = 50) -> dict[str, Any]:
    """An attacker with that many known-device tokens of one account guesses for a day, each from another address.

    The owner logs in once an hour, mistyping once before, from a known device, and from one that
    an unlock link made known.
    """
    from django_bearer.rate_limits import limiter

    draw = random.Random("stolen")
    each = max(10, round(480 * scale))
    times = sorted((NINE + draw.uniform(0, 86_400), number) for number in range(devices) for _ in range(each))
    hours = [NINE + hour * 3600.0 for hour in range(24)]
    found = {"devices": devices, "tried": len(times), "admitted": 0, "owner": 0, "owner_let_in": 0, "by_mail": 0}
    for at, number in progress(times, "stolen"):
        while hours and hours[0] <= at:
            with _at(hours.pop(0)):
                found["owner"] += 1
                for group, device, column in (("", "ann's", "owner_let_in"), ("mailed", "ann's new", "by_mail")):
                    attempt("ann", "192.0.2.9", device, group)
                    wait, made = attempt("ann", "192.0.2.9", device, group)
                    found[column] += not wait
                    if not wait:
                        limiter.forgive(made)
        with _at(at):
            found["admitted"] += not attempt("ann", f"198.51.100.{number}", f"stolen-{number}")[0]
    return found


@contextmanager
def _at(seconds: float) -> Iterator[None]:
    from django_bearer.primitives import clock

    with clock.frozen(round(seconds * clock.SECOND)):
        yield


def _fresh() -> None:
    from django_bearer.models import RateLimitCounter

    RateLimitCounter.objects.all().delete()


def simulate(scale: float = 1.0) -> dict[str, Any]:
    """Both, over the database of the settings that are configured."""
    found: dict[str, Any] = {"office": []}
    for minutes, known in ((10.0, 0.0), (10.0, 0.9), (1.0, 0.0), (1.0, 0.9)):
        _fresh()
        found["office"].append(office(scale, minutes, known))
    _fresh()
    found["botnet"] = botnet(scale)
    _fresh()
    found["stolen"] = stolen(scale)
    return found


def report(found: dict[str, Any]) -> str:
    """The figures as two tables."""
    rows = [
        [
            f"{one['people']}",
            f"{one['minutes']:g} min",
            f"{one['known']:.0%}",
            str(one["delayed"]),
            f"{one['longest']} s",
        ]
        for one in found["office"]
    ]
    head = ["people", "spread", "known devices", "asked to wait", "longest until in"]
    bots = found["botnet"]
    second = [[str(value) for value in bots.values()]]
    tables = [table(head, rows), table([name.replace("_", " ") for name in bots], second)]
    if thefts := found.get("stolen"):
        tables.append(table([name.replace("_", " ") for name in thefts], [[str(value) for value in thefts.values()]]))
    return "\n\n".join(tables)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to a file")
    parser.add_argument("--scale", type=float, default=1.0)
    arguments = parser.parse_args()
    from .project import configure

    configure({"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"})
    found = simulate(arguments.scale)
    print(report(found))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
