"""The dashboard's figures: sessions, logins, refusals and theft of the last two weeks, read in four statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from ..database import aliases, event_records, issuers
from ..database.current_epochs import of_current_epochs
from ..events import EventKind
from ..models import Session
from ..primitives.clock import SECOND

DAYS = 14
DAY = 86_400 * SECOND
WIDTH, HEIGHT = 640, 120
REFUSALS = (
    EventKind.LOGIN_RATE_LIMITED,
    EventKind.REFRESH_REFUSED,
    EventKind.REFRESH_CONCURRENT,
    EventKind.CLIENT_REFUSED,
    EventKind.PLAIN_HTTP,
    EventKind.LOGIN_ALERT,
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, and what it says in words."""

    label: str
    value: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as numbers; the template draws it, and tells it as a table."""

    title: str
    bars: Sequence[Bar]
    total: int


def figures() -> dict[str, Any]:
    """What the template shows."""
    now = issuers.now()
    begun = Session.objects.using(aliases.sessions_alias()).filter(revoked_at__isnull=True, idle_ends_at__gt=now)
    sessions = of_current_epochs(begun)
    reused = event_records.rows_kept().filter(kind=EventKind.TOKEN_REUSED.value, last_at__gt=now - DAYS * DAY)
    return {
        "title": _("Tokens at a glance"),
        "active": sessions.filter(ends_at__gt=now).count(),
        "users": sessions.filter(ends_at__gt=now).values("user_id").distinct().count(),
        "reused": reused.count(),
        "days": DAYS,
        "width": WIDTH,
        "height": HEIGHT,
        "charts": [
            _by_day(_("Logins"), EventKind.LOGIN_SUCCESS, now),
            _by_day(_("Failed logins"), EventKind.LOGIN_FAILED, now),
            _by_kind(_("Refusals"), now),
        ],
    }


def _by_day(title: str, kind: EventKind, now: int) -> Chart:
    first = now // DAY - DAYS + 1
    rows = event_records.rows_kept().filter(kind=kind.value, last_at__gte=first * DAY).values_list("last_at", "count")
    counts = dict.fromkeys(range(first, first + DAYS), 0)
    for at, count in rows.iterator(chunk_size=1000):
        if at // DAY in counts:
            counts[at // DAY] += count
    return _chart(title, [(f"{datetime.fromtimestamp(day * 86_400, UTC):%d.%m.}", n) for day, n in counts.items()])


def _by_kind(title: str, now: int) -> Chart:
    recent = event_records.rows_kept().filter(
        kind__in=[kind.value for kind in REFUSALS], last_at__gt=now - DAYS * DAY
    )
    counted = dict(recent.values_list("kind").annotate(total=Sum("count")))
    return _chart(title, [(kind.value, counted.get(kind.value, 0)) for kind in REFUSALS])


def _chart(title: str, values: Sequence[tuple[str, int]]) -> Chart:
    most, step = max([value for _, value in values] + [1]), WIDTH / len(values)
    bars = [
        Bar(label, value, round(n * step + 2, 1), round(HEIGHT - value * HEIGHT / most, 1), round(step - 4, 1),
            round(value * HEIGHT / most, 1))
        for n, (label, value) in enumerate(values)
    ]  # fmt: skip
    return Chart(title, bars, sum(value for _, value in values))
