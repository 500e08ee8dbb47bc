"""Simulate rotation with honest clients and with an attacker: sessions lost, and how long a theft is undetected.

    python -m benchmarks.rotation_sim [--json FILE] [--chart FILE] [--scale 1.0]

The decisions are the real ones (`sessions.rotation_rules.decide`) over a simulated row and clock. Without
"interval" the minimum rotation interval is zero; without `retry_key` clients send none. The same seeds are used for
every variant.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from . import chart
from .terminal import progress, table

if TYPE_CHECKING:
    from django_bearer.database.session_read import SessionRow
    from django_bearer.tokens.refresh_token import RefreshToken

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
GIVE_UP = 20.0
"""Seconds after which a client abandons a request; an answer that comes later finds nobody."""
THEFT_SPAN = 2 * HOUR


@dataclass(frozen=True)
class Variant:
    """Which safeguards are switched on."""

    interval: bool
    retry_key: bool

    def __str__(self) -> str:
        named = [name for name, on in (("interval", self.interval), ("retry_key", self.retry_key)) if on]
        return " and ".join(named) or "neither"


VARIANTS = [Variant(True, True), Variant(True, False), Variant(False, True), Variant(False, False)]


@dataclass(frozen=True)
class People:
    """A kind of honest client. Seconds, and probabilities of one message or one refresh.

    `delay` is the median of one direction (log-normal, `spread` its sigma); `pause` the mean time between refreshes;
    `suspended` how often an app is put to sleep before its answer comes, for up to ten days.
    """

    name: str
    count: int
    clients: int
    span: float
    pause: float
    delay: float
    spread: float
    loss: float
    suspended: float = 0.0


HONEST = [
    People("4 tabs, ordinary line", 500, 4, HOUR / 2, 45, 0.1, 0.6, 0.001),
    People("4 tabs, slow line", 500, 4, HOUR / 2, 45, 1.5, 1.0, 0.005),
    People("4 tabs, slow and lossy line", 400, 4, HOUR / 2, 45, 2.0, 1.0, 0.05),
    People("app, lossy line", 300, 1, 12 * HOUR, 300, 0.3, 1.0, 0.05),
    People("app, suspended in between", 300, 1, 60 * DAY, 6 * HOUR, 0.3, 1.0, 0.01, suspended=0.05),
]
"""2,000 sessions. A page keeps its access token in memory only, so every page that is opened refreshes."""

CADENCES = [5.0, 20.0, MINUTE, 5 * MINUTE, HOUR]
"""Seconds between an attacker's refreshes."""
SHADOW = 0.0
"""Means an attacker who knows when the owner refreshes, and refreshes five seconds later."""


@dataclass
class Server:
    """One session's row, and the real decision over it."""

    keys: Any
    row: SessionRow
    decide: Callable[[Any], Any]
    revoke_concurrent: bool = False
    events: int = 0

    def ask(self, token: RefreshToken, at: float, retry_key: bytes, context: bytes) -> RefreshToken | None:
        """The token to go on with, or None where only an access token is given. Raises `Ended`."""
        from django_bearer.sessions.rotation_rules import GRACE_PERIOD, Grace, KeepCurrent, Rotate, Situation

        self.row = replace(self.row, now=round(at * 1_000_000))
        found = self.decide(
            Situation(
                token=token,
                issued=True,
                session=self.row,
                row_keys=self.keys,
                client_id=self.row.client_id,
                delivery=token.delivery,
                retry_digest=retry_key,
                context_digest=context,
                revoke_concurrent=self.revoke_concurrent,
            )
        )
        match found:
            case Rotate():
                return self._rotate(token, retry_key, context)
            case KeepCurrent():
                return None
            case Grace(successor=successor, concurrent_uses=concurrent_uses):
                late = self.row.now - (self.row.rotated_at or 0) > GRACE_PERIOD  # the interval starts with the answer
                rotated_at = self.row.now - GRACE_PERIOD - 1 if late else self.row.rotated_at
                self.row = replace(
                    self.row, concurrent_uses=self.row.concurrent_uses + concurrent_uses, rotated_at=rotated_at
                )
                self.events += concurrent_uses
                return successor  # type: ignore[no-any-return]
        raise Ended(found)

    def _rotate(self, token: RefreshToken, retry_key: bytes, context: bytes) -> RefreshToken:
        salt = self.row.generation.to_bytes(32)
        successor = token.successor(self.keys, salt)
        self.row = replace(
            self.row,
            generation=successor.generation,
            current_digest=successor.digest(),
            salt=salt,
            rotated_at=self.row.now,
            retry_digest=retry_key,
            context_digest=context,
        )
        return successor


class Ended(Exception):
    """The session has ended: a token was presented that two parties must have used."""


@dataclass
class Client:
    """What the tabs of one browser, or the threads of one app, share: a token, and the retry key stored beside it."""

    token: RefreshToken
    retry_key: bytes


@dataclass
class Honest:
    """One honest session, event by event."""

    people: People
    server: Server
    shared: Client
    dice: random.Random
    variant: Variant
    events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=itertools.count)

    def run(self) -> bool:
        """Whether the session was still valid at the end."""
        for _ in range(self.people.clients):
            self._at(self.dice.uniform(0, self.people.pause), self._send)
        try:
            while self.events and self.events[0][0] < self.people.span:
                at, _, happens, details = heapq.heappop(self.events)
                happens(at, *details)
        except Ended:
            return False
        return True

    def _at(self, at: float, happens: Callable[..., None], *details: Any) -> None:
        heapq.heappush(self.events, (at, next(self.order), happens, details))

    def _send(self, at: float) -> None:
        """Send a request with what is stored now. Its client waits, or is suspended."""
        asleep = self.dice.random() < self.people.suspended
        wait = self.dice.uniform(MINUTE, 10 * DAY) if asleep else GIVE_UP
        sent = (self.shared.token, self.shared.retry_key, [True])
        self._at(at + wait, self._give_up, sent[2])
        arrives = at + self._delay()
        if arrives < at + GIVE_UP and not self._lost():
            self._at(arrives, self._arrive, sent, at, asleep)

    def _arrive(self, at: float, sent: tuple[RefreshToken, bytes, list[bool]], began: float, asleep: bool) -> None:
        token, retry_key, waiting = sent
        successor = self.server.ask(token, at, retry_key, self._context())
        back = at + self._delay()
        if not asleep and back < began + GIVE_UP and not self._lost():
            self._at(back, self._answer, successor, retry_key, waiting)

    def _answer(self, at: float, successor: RefreshToken | None, retry_key: bytes, waiting: list[bool]) -> None:
        waiting[0] = False
        if successor is not None:
            self.shared.token = successor
            if self.shared.retry_key == retry_key:
                self.shared.retry_key = self.dice.randbytes(16) if self.variant.retry_key else b""
        self._at(at + self.dice.expovariate(1 / self.people.pause), self._send)

    def _give_up(self, at: float, waiting: list[bool]) -> None:
        if waiting[0]:
            self._at(at + 1, self._send)

    def _delay(self) -> float:
        return self.people.delay * self.dice.lognormvariate(0, self.people.spread)

    def _lost(self) -> bool:
        return self.dice.random() < self.people.loss

    def _context(self) -> bytes:
        return self.dice.choice((b"home", b"mobile")) if self.people.suspended else b"home"


@dataclass(frozen=True)
class Theft:
    """The result of a theft: seconds until the session ended (None: not within the span), and the events before."""

    undetected: float | None
    events: int


def simulate_theft(server: Server, first: RefreshToken, cadence: float, dice: random.Random) -> Theft:
    """The victim refreshes about every five minutes. An attacker copies the token and uses it too."""
    victim = attacker = first
    stolen_at = dice.uniform(HOUR, HOUR + 5 * MINUTE)
    victim_at, attacker_at = dice.uniform(0, 5 * MINUTE), stolen_at + dice.uniform(0, cadence)
    taken = False
    if cadence == SHADOW:
        attacker_at = math.inf
    while min(victim_at, attacker_at) < stolen_at + THEFT_SPAN:
        now = min(victim_at, attacker_at)
        if not taken and now >= stolen_at:
            taken, attacker = True, victim
        try:
            if victim_at <= attacker_at:
                victim = server.ask(victim, now, b"", b"victim") or victim
                victim_at += dice.uniform(4 * MINUTE, 6 * MINUTE)
                if taken and cadence == SHADOW:
                    attacker_at = now + 5
            else:
                attacker = server.ask(attacker, now, b"", b"attacker") or attacker
                attacker_at += cadence or math.inf
        except Ended:
            return Theft(now - stolen_at, server.events)
    return Theft(None, server.events)


def simulate(scale: float = 1.0) -> dict[str, Any]:
    """All figures. `scale` shrinks the number of sessions."""
    _set_up()
    honest = {str(variant): _honest(variant, scale) for variant in VARIANTS}
    thefts = [
        {
            "cadence": cadence,
            "interval": interval,
            "concurrent_uses": "revoke" if revoke else "event",
            **_thefts(cadence, interval, revoke, scale),
        }
        for cadence, interval, revoke in progress(
            [(c, h, r) for h in (True, False) for r in (False, True) for c in [*CADENCES, SHADOW]], "attackers"
        )
    ]
    return {"sessions": sum(_count(people, scale) for people in HONEST), "lost": honest, "attacker": thefts}


def _count(people: People, scale: float) -> int:
    return max(1, round(people.count * scale))


def _honest(variant: Variant, scale: float) -> dict[str, int]:
    lost = {people.name: 0 for people in HONEST}
    each = [(people, seed) for people in HONEST for seed in range(_count(people, scale))]
    with _rotation_interval(variant.interval):
        for people, seed in progress(each, str(variant)):
            dice = random.Random(f"{people.name} {seed}")
            server, token = _session()
            retry_key = dice.randbytes(16) if variant.retry_key else b""
            lost[people.name] += not Honest(people, server, Client(token, retry_key), dice, variant).run()
    return lost


def _thefts(cadence: float, interval: bool, revoke: bool, scale: float) -> dict[str, Any]:
    found = []
    with _rotation_interval(interval):
        for seed in range(max(3, round(60 * scale))):
            server, token = _session()
            server.revoke_concurrent = revoke
            found.append(simulate_theft(server, token, cadence, random.Random(f"{cadence} {seed}")))
    seen = [theft.undetected for theft in found if theft.undetected is not None]
    return {
        "thefts": len(found),
        "never_ended": len(found) - len(seen),
        "median_undetected": round(median(seen)) if len(seen) * 2 > len(found) else None,
        "median_events": median(theft.events for theft in found),
    }


def _set_up() -> None:
    """The decisions import models, so Django needs settings. No database is opened."""
    from django.conf import settings

    if not settings.configured:
        import django

        settings.configure(
            SECRET_KEY="simulation",
            INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_bearer"],
            BEARER={"ISSUER": "https://sim.invalid", "AUDIENCE": "sim"},
        )
        django.setup()


def _session() -> tuple[Server, RefreshToken]:
    from django_bearer.database.session_read import SessionRow
    from django_bearer.keys.keyring import RefreshKeys
    from django_bearer.primitives import randomness
    from django_bearer.sessions import rotation_rules
    from django_bearer.tokens.refresh_token import RefreshToken, TokenDelivery

    keys = RefreshKeys(b"8 bytes.", b"m" * 32, b"d" * 32)
    token = RefreshToken(keys.key_id, randomness.session_id(), 0, TokenDelivery.BODY, b"s" * 32)
    nothing: dict[str, Any] = dict.fromkeys(SessionRow.__dataclass_fields__, 0)
    texts = dict.fromkeys(("issuer", "client_id", "scope", "binding", "amr", "acr", "revoked_cause"), "")
    row = SessionRow(
        **nothing
        | texts
        | {
            "id": token.session_id,
            "delivery": TokenDelivery.BODY,
            "key_id": keys.key_id,
            "current_digest": token.digest(),
            "salt": b"",
            "retry_digest": b"",
            "context_digest": b"",
            "rotated_at": None,
        }
    )
    return Server(keys, row, rotation_rules.decide), token


@contextmanager
def _rotation_interval(on: bool) -> Iterator[None]:
    """Set the minimum rotation interval to zero unless `on`."""
    from django_bearer.sessions import rotation_rules

    kept = rotation_rules.MIN_ROTATION_INTERVAL
    rotation_rules.MIN_ROTATION_INTERVAL = kept if on else 0
    try:
        yield
    finally:
        rotation_rules.MIN_ROTATION_INTERVAL = kept


def report(found: Mapping[str, Any]) -> str:
    """The figures as two Markdown tables."""
    variants = [str(variant) for variant in VARIANTS]
    lost = [[people.name, *(str(found["lost"][v][people.name]) for v in variants)] for people in HONEST]
    lost.append(["all", *(str(sum(found["lost"][v].values())) for v in variants)])
    head = ["", *variants]
    return (
        f"Honest sessions lost, of {found['sessions']}\n\n{table(head, lost)}\n\n"
        f"An attacker with a copy of the token: time until the session ended (median)\n\n{_attacker_table(found)}"
    )


def _attacker_table(found: Mapping[str, Any]) -> str:
    columns = [(True, "event"), (True, "revoke"), (False, "event")]
    cells = {(t["cadence"], t["interval"], t["concurrent_uses"]): t for t in found["attacker"]}
    head = [
        "attacker refreshes every",
        *(f"{'interval' if interval else 'no interval'}, {policy}" for interval, policy in columns),
    ]
    return table(
        head, [[_cadence(c), *(_undetected(cells[(c, *column)]) for column in columns)] for c in [*CADENCES, SHADOW]]
    )


def _cadence(seconds: float) -> str:
    return _span(seconds) if seconds != SHADOW else "5 s after the owner"


def _undetected(theft: Mapping[str, Any]) -> str:
    if theft["median_undetected"] is None:
        return f"over {_span(THEFT_SPAN)}, {theft['median_events']:.0f} events"
    return _span(theft["median_undetected"])


def _span(seconds: float) -> str:
    for size, unit in ((HOUR, "h"), (MINUTE, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"


def main() -> None:
    """Simulate, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the sessions to run (default all 2,000)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--chart", type=Path, nargs="?", const=Path("docs/images"), help="draw them in this folder")
    asked = parser.parse_args()
    found = simulate(asked.scale)
    print(report(found))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")
    if asked.chart:
        bars = {str(v): sum(found["lost"][str(v)].values()) for v in VARIANTS}
        for scheme in ("light", "dark"):
            picture = chart.bars(f"Honest sessions lost, of {found['sessions']}", bars, dark=scheme == "dark")
            (asked.chart / f"rotation-{scheme}.svg").write_text(picture)
    sys.exit(1 if sum(found["lost"][str(VARIANTS[0])].values()) else 0)


if __name__ == "__main__":
    main()
