"""Successes that are all taken back at once: each takes back its own attempt, and none of anybody else's."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from django_bearer.database import rate_limit_corrections
from django_bearer.database import rate_limit_counters as counters
from django_bearer.database.rate_limit_counters import Window
from django_bearer.models import RateLimitCounter

from .conftest import TRIALS
from .threads import SIZE, ThreadGroup

OTHERS = 40


def take_back(mine: Window, shared: Window, place: str, within: bool) -> None:
    if within:
        with transaction.atomic(using=place):
            rate_limit_corrections.take_back([mine], [shared])
    else:
        rate_limit_corrections.take_back([mine], [shared])


def test_many_successes_at_once_take_back_no_attempt_of_others(
    threads: ThreadGroup, place: str, atomic_requests: bool
) -> None:
    within = atomic_requests and place != "default"  # SQLite counts in no transaction of a caller's
    for trial in range(max(20, 2 * TRIALS)):
        mine, shared = Window(f"mine {trial}", 1000, 86_400), Window(f"shared {trial}", 1000, 86_400)
        counters.hit([shared])
        counters.hit([mine, shared])
        RateLimitCounter.objects.filter(count=2).update(count=OTHERS + SIZE)
        RateLimitCounter.objects.filter(count=1).update(count=SIZE)
        threads.run([partial(take_back, mine, shared, place, within)] * SIZE)
        left = RateLimitCounter.objects.exclude(count=0).values_list("count", flat=True)
        assert list(left) == [OTHERS]
        RateLimitCounter.objects.all().delete()
