"""`manage.py bearer_events`: export what is kept of security events, or erase what is about one person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ...database import event_records, webhook_outbox
from ...primitives.clock import SECOND
from ..arguments import name
from ..databases import DatabaseCommand


class Command(DatabaseCommand):
    help = """\
Export the stored security events, or erase a person from them.

  manage.py bearer_events export --user 42            what is kept about one user, a line of JSON each
  manage.py bearer_events export --since 2026-11-01   everything from that day (UTC) on
  manage.py bearer_events erase --user 42             take the person out: user, session, address and details go;
                                                      that something of that kind happened, and when, stays

--user takes the primary key, as events carry it. Timestamps are microseconds since 1970. Events that anybody can
cause at will (failed logins) are counted by the hour and belong to nobody. All rows go after
BEARER["EVENT_RETENTION"], and addresses are cut down to their network after 30 days, by `bearer_purge` and a little
at every login.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["export", "erase"])
        parser.add_argument("--user", default="", help="a user's primary key")
        parser.add_argument("--since", default="", metavar="DAY", help="export: from this day on, as 2026-11-01")

    def handle(self, *args: Any, **options: Any) -> None:
        user = name(options["user"], "--user")
        if options["step"] == "erase":
            if not user:
                raise CommandError("Say whose: --user KEY.")
            erased = event_records.erase_user(user) + webhook_outbox.erase_user(user)
            self.stdout.write(f"{erased} rows are about nobody now.")
            return
        rows = event_records.rows_kept()
        if user:
            rows = rows.filter(user_id=user)
        if options["since"]:
            rows = rows.filter(last_at__gte=_timestamp(options["since"]))
        for event in event_records.exported(rows):
            self.stdout.write(json.dumps(event))


def _timestamp(day: str) -> int:
    try:
        return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * SECOND
    except (ValueError, TypeError, OverflowError):
        raise CommandError("--since takes a day, as 2026-11-01.") from None
