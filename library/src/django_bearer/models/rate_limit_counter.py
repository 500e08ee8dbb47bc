"""Rate limit counters: a fixed number of rows under any attack."""

from __future__ import annotations

from django.db import models


class RateLimitCounter(models.Model):
    """One slot of the counter space: how often in the current window, and in the one before.

    `slot` is a keyed hash of what is counted, so that nobody can aim at another's slot and the table cannot grow
    past its space; `period` numbers the window.
    """

    slot = models.BigIntegerField(primary_key=True)
    period = models.BigIntegerField()
    count = models.PositiveIntegerField()
    previous = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"slot {self.slot}"
