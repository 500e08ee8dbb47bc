"""`manage.py bearer_purge`: delete what is over, in every table that grows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from ...sessions import cleanup
from ..arguments import whole
from ..databases import DatabaseCommand

MOST_ROWS = 10_000
"""In one transaction; more would be the outage that small batches are there to avoid."""


class Command(DatabaseCommand):
    help = """\
Delete what can no longer decide anything, and cut down addresses that are no longer wanted in full.

  manage.py bearer_purge --dry-run     how many rows are waiting
  manage.py bearer_purge               delete them, 500 at a time
  manage.py bearer_purge --batch 50    in smaller bites, for a database that is busy

Sessions, API tokens and revocations go a day after their end: until then a used token must be recognised. Events
go after BEARER["EVENT_RETENTION"]. Each login already clears a few rows away, so this is for a table that has grown,
or for a cron job. Each batch is a short transaction that passes over rows which somebody holds, so logins go on. Stop
it at any time, kill -9 included: the next run takes up what is left.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=cleanup.BATCH, help="rows per transaction (default: 500)")
        parser.add_argument("--dry-run", action="store_true", help="only count what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = max(1, whole(options["batch"], "--batch", 0, MOST_ROWS))
        total = cleanup.waiting()
        if options["dry_run"]:
            self.stdout.write(f"{total} rows are over.")
            return
        deleted = cleanup.purge(batch, self._progress(total))
        self.stdout.write(f"{deleted} rows deleted.")

    def _progress(self, total: int) -> Any:
        gone = 0

        def show(rows: int) -> None:
            nonlocal gone
            gone += rows
            if self.stdout.isatty():
                share = min(gone / max(total, 1), 1.0)
                self.stdout.write(f"\r[{'#' * round(share * 40):<40}] {gone} of {total}", ending="")
                self.stdout.flush()

        return show
