"""`manage.py bearer_migrate`: begin the move, and see how many old tokens still come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Sum

from ... import account_state, clock, settings, trades, usage
from ...models import LegacyUse, MoveStart, Trade

DAYS = 14
"""Days that `status` shows."""


class Command(BaseCommand):
    """Steps of the move to django-bearer. Each can be run again."""

    help = (
        "Steps of the move to django-bearer, each of which can be run again. start records the state of every"
        " account, so that old tokens end with a changed password; none is accepted before. status shows what is"
        " accepted, until when, and how many old tokens came in the last days."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The step."""
        parser.add_argument("step", choices=["start", "status"], help="what to do")

    def handle(self, *args: Any, step: str, **options: Any) -> None:
        """Run one step."""
        bridge = settings.current()
        for fault in bridge.faults:
            self.stderr.write(self.style.ERROR(fault))
        if step == "start":
            if bridge.faults:
                raise CommandError("nothing was recorded; correct the settings first")
            self._start()
        else:
            self._status(bridge)

    def _start(self) -> None:
        done = 0
        for done in account_state.start():
            self.stdout.write(f"{done} accounts recorded")
        self.stdout.write(f"the move has begun; {done} accounts were new")

    def _status(self, bridge: settings.Bridge) -> None:
        usage.write()
        if not MoveStart.objects.exists():
            self.stdout.write(account_state.NOT_STARTED)
        for entry in bridge.entries():
            day = datetime.fromtimestamp(entry.ends_at, UTC).date()
            over = "were accepted" if entry.ends_at <= clock.seconds() else "are accepted"
            self.stdout.write(f"{entry.name}: old tokens {over} until {day}, not on that day")
        trades.purge()
        self.stdout.write(f"{Trade.objects.count()} refresh tokens that were traded for sessions have not expired")
        since = datetime.fromtimestamp(clock.seconds(), UTC).date() - timedelta(days=DAYS)
        rows = LegacyUse.objects.filter(day__gte=since).values("day", "source", "kind", "client")
        for row in rows.annotate(total=Sum("uses")).order_by("day", "source", "kind", "client"):
            self.stdout.write(f"{row['day']}  {row['source']}  {row['kind']}  {row['client']}  {row['total']}")
        if not rows.exists():
            self.stdout.write(f"no old token came in the last {DAYS} days: the app can be taken out")
