"""`manage.py bearer_purge`: delete sessions and revocations that are over."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...sessions import purge


class Command(BaseCommand):
    help = (
        "Delete sessions and revocations that are over. Each login already deletes a few, so this is for a table that"
        " has grown, or for a cron job. It works in small batches, blocks nobody, and may be stopped at any moment."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=purge.BATCH, help="rows per transaction (default: 500)")
        parser.add_argument("--dry-run", action="store_true", help="only count what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        total = purge.waiting()
        if options["dry_run"]:
            self.stdout.write(f"{total} rows are over.")
            return
        deleted = purge.purge(max(1, options["batch"]), self._progress(total))
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
