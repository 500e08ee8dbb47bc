"""The limiter: lets an attempt through and counts it, or says how long to wait, before any hashing is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import conf
from ..conf.readers import DATABASE
from ..database import rate_limit_corrections, rate_limit_counters, redis_counters
from ..database.rate_limit_corrections import Corrections
from ..database.rate_limit_counters import Filling, Level, Window
from .rules import Bucket, LoginBuckets


def admit(buckets: Iterable[Bucket]) -> int:
    """Count one attempt in every window of every bucket; 0 when it may go on, else the seconds to wait."""
    return wait_of(measure(buckets))


def measure(buckets: Iterable[Bucket]) -> list[Level]:
    """The same, with how full each window was before it."""
    levels: list[Level] = _store(rate_limit_counters).hit(_windows(buckets))
    return levels


def fillings(buckets: Iterable[Bucket]) -> list[tuple[Bucket, Filling]]:
    """How full each window of every bucket is, beside its bucket. Nothing is counted.

    Raises `RateLimitUnavailable` where the server that counts does not answer.
    """
    of_windows = [(one, window) for one in buckets for window in one.windows]
    found = _store(rate_limit_counters).fillings([window for _, window in of_windows])
    return [(one, filling) for (one, _), filling in zip(of_windows, found, strict=True)]


def wait_of(levels: Iterable[Level]) -> int:
    """Seconds until the attempt would fit in all of these windows, 0 when it did."""
    return max(level.wait for level in levels)


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of a login attempt: `wait` in seconds where it is refused, `quiet` where the refusal must not show.

    `levels` says how full each window of the attempt's `counted` was.
    """

    levels: Sequence[Level]
    wait: int
    quiet: bool = False


def admit_login(attempt: LoginBuckets) -> Admission:
    """Count a login attempt, or refuse it. One that is refused in quiet is counted as if the device were unknown."""
    levels = measure(attempt.buckets)
    shown = levels[: len(_windows(attempt.counted))]
    if wait := wait_of(shown):
        return Admission(shown, wait)
    if not (wait := wait_of(levels)):
        return Admission(shown, 0)
    if not shown[0].counted:
        shown = measure(attempt.counted)
    told = wait_of(shown)
    return Admission(shown, told or wait, quiet=not told)


def forgive(attempt: LoginBuckets) -> None:
    """After a success of the account's own user, forget the attempts that were theirs, wherever they were counted.

    The attempts of others stay: who has a namesake's password would buy guesses with it.
    """
    _store(rate_limit_corrections).take_back(*_of_success(attempt))


def uncount(attempt: LoginBuckets) -> None:
    """After a success of anybody else, take this one attempt back: it was no guess. Those before it may have been."""
    _store(rate_limit_corrections).uncount(_of_attempt(attempt))


def uncount_source(attempt: LoginBuckets) -> None:
    """After a success for which nothing is issued, take this one attempt back where it was counted by its address."""
    if attempt.by_address:
        _store(rate_limit_corrections).uncount(_windows(attempt.by_address))


def uncount_everywhere(attempt: LoginBuckets) -> None:
    """After a right password to which a step is lacking, take this one attempt back where all addresses are counted.

    Whoever has the password guesses nothing with it, and would fill the account's limits for its owner elsewhere. The
    limits of the address stay: nothing was completed.
    """
    if attempt.everywhere:
        _store(rate_limit_corrections).uncount(_windows(attempt.everywhere))


def uncount_code(buckets: Iterable[Bucket]) -> None:
    """After a right code, take this one attempt back. Those before it may have been guesses."""
    _store(rate_limit_corrections).uncount(_windows(buckets))


def forgiveness(attempt: LoginBuckets) -> Corrections | None:
    """What `forgive` would correct, for whoever does it with writes of their own. None where the database does not
    count."""
    if _store(None) is not None:
        return None
    return rate_limit_corrections.taking_back(*_of_success(attempt))


def uncounting(attempt: LoginBuckets) -> Corrections | None:
    """What `uncount` would correct, in the same way."""
    return None if _store(None) is not None else rate_limit_corrections.uncounting(_of_attempt(attempt))


def _of_success(attempt: LoginBuckets) -> tuple[Sequence[Window], Sequence[Window], Sequence[Window]]:
    return _windows(attempt.own), _windows(attempt.shared), _windows(attempt.once)


def _of_attempt(attempt: LoginBuckets) -> Sequence[Window]:
    return _windows({*attempt.own, *attempt.shared, *attempt.once})


def _store(in_database: Any) -> Any:
    """The server that `RATE_LIMIT_STORAGE` names; what does the same in the database where it names none."""
    uri = conf.current().rate_limit_storage
    return in_database if uri == DATABASE else redis_counters.at(uri)


def _windows(buckets: Iterable[Bucket]) -> Sequence[Window]:
    return [window for bucket in buckets for window in bucket.windows]
