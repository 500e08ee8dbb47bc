"""What one process knows by the feed, and until when it may rely on it. No input or output: the reader fills it.

An entry never refuses anything by itself. It says that something changed, and whoever holds a token that the change
may concern is asked for in the database, as in exact mode. So two names that share a hash cost a query, no more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

HORIZON = 7_200.0
"""Seconds for which an entry is known at least: twice the longest lifetime of an access token."""
JUMP = 60.0
"""Seconds by which the database's clock may differ from what has passed here; past it all is asked for."""
Mark = tuple[int, int]
"""The newest number that was read, and the timestamp at which it was given."""


def name_of(kind: str, text: str) -> int:
    """The hash by which an entry is kept: the same however a database writes a UUID."""
    plain = text.replace("-", "").lower()
    return int.from_bytes(hashlib.blake2b(f"{kind}:{plain}".encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True)
class IssuerNow:
    """An issuer's key ring version and epoch."""

    ring_version: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """The start of the last poll that succeeded, by the clock that counts suspension, and the database's time then.

    The database's time was read after that start, so the time that is told from it is never too early.
    """

    started: float
    database_now: int

    def now(self, at: float) -> int:
        """The database's time at a time of this process's clock, in microseconds since 1970."""
        return self.database_now + int((at - self.started) * 1_000_000)


@dataclass(slots=True)
class FeedState:
    """Filled by one thread, read by all. Entries are added before `fresh` says that they are complete."""

    delay: float
    fresh: Fresh | None = None
    mark: Mark = (0, 0)
    issuers: dict[str, IssuerNow] = field(default_factory=dict)
    ask_all_until: float = float("-inf")
    filled: tuple[bool, ...] = ()
    """Which tables had a row at the last poll, where only that tells that one was emptied."""
    _names: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))
    _turned: float = float("-inf")

    def reliable(self, at: float) -> Fresh | None:
        """What may be relied on at a time, or None past the bound. To be asked before `concerns`."""
        found = self.fresh
        return found if found is not None and 0 <= at - found.started <= self.delay else None

    def concerns(self, names: tuple[int, ...], at: float) -> bool:
        """Whether a change may concern any of these names."""
        if at < self.ask_all_until:
            return True
        new, old = self._names
        return not (new.isdisjoint(names) and old.isdisjoint(names))

    def add(self, kind: str, text: str, at: float) -> None:
        """Learn of an entry. A kind that is not known concerns everybody."""
        if kind in ("session", "digest", "user"):
            self._turn(at)
            self._names[0].add(name_of(kind, text))
        elif kind != "issuer":
            self.ask_all(at)

    def ask_all(self, at: float) -> None:
        """Take nothing from memory for as long as a token may live that was issued until now."""
        self.ask_all_until = max(self.ask_all_until, at + HORIZON)

    def complete(self, fresh: Fresh) -> None:
        """Everything committed before `fresh.started` has been added."""
        before = self.fresh
        if before is not None:
            jumped = abs(fresh.database_now - before.now(fresh.started)) > JUMP * 1_000_000
            if jumped:
                self.ask_all(fresh.started)
        self.fresh = fresh

    def size(self) -> int:
        """How many names are known."""
        return sum(map(len, self._names))

    def _turn(self, at: float) -> None:
        """Forget names after one to two horizons: the older half is dropped whole."""
        if at - self._turned >= HORIZON:
            self._names = (set(), self._names[0] if at - self._turned < 2 * HORIZON else set())
            self._turned = at
