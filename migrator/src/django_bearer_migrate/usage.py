"""Counting uses of old credentials by client and day, so that a project sees when none come any more.

A process collects uses and writes them every ten seconds, so that no request waits for a row that all requests share.
What a process has not written when it is killed is lost.
"""

from __future__ import annotations

import atexit
import logging
import re
import threading
from collections import Counter
from datetime import UTC, date, datetime
from typing import NamedTuple

from django.db import Error as DatabaseError
from django.db.models import F

from . import clock
from .models import LegacyUse

logger = logging.getLogger("django_bearer_migrate")
EVERY = 10
"""Seconds between two writes of a process."""
MAX_CLIENTS = 50
"""Clients that are told apart; whoever names more is counted as `other`."""
_PRODUCT = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)


class Use(NamedTuple):
    """What is counted together."""

    source: str
    kind: str
    client: str
    day: date


_lock = threading.Lock()
_counted: Counter[Use] = Counter()
_clients: set[str] = set()
_written_at = 0


def note(source: str, kind: str, user_agent: str) -> None:
    """Count one use. Only whoever has authenticated is counted."""
    now = clock.seconds()
    with _lock:
        use = Use(source, kind, _client(user_agent), datetime.fromtimestamp(now, UTC).date())
        _counted[use] += 1
        due = abs(now - _written_at) >= EVERY
    if due:
        write()


def _client(user_agent: str) -> str:
    """The name of the program, such as `okhttp`: the first product of its User-Agent (RFC 9110 section 10.1.5)."""
    found = _PRODUCT.match(user_agent)
    name = found[0] if found else "unnamed"
    if name not in _clients and len(_clients) >= MAX_CLIENTS:
        return "other"
    _clients.add(name)
    return name


def write() -> None:
    """Write what was counted. What cannot be written now is kept for the next time."""
    global _written_at
    with _lock:
        taken = dict(_counted)
        _counted.clear()
        _written_at = clock.seconds()
    for use, uses in taken.items():
        try:
            _add(use, uses)
        except DatabaseError as error:
            logger.warning("uses of old tokens were not counted: %s", type(error).__name__)
            with _lock:
                _counted[use] += uses


def _add(use: Use, uses: int) -> None:
    rows = LegacyUse.objects.filter(**use._asdict())
    if not rows.exists():
        LegacyUse.objects.bulk_create([LegacyUse(**use._asdict())], ignore_conflicts=True)
    rows.update(uses=F("uses") + uses)


def forget() -> None:
    """Forget what was counted. For tests."""
    global _written_at
    with _lock:
        _counted.clear()
        _clients.clear()
        _written_at = 0


atexit.register(write)
