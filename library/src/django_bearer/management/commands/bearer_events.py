"""`manage.py bearer_events`: export what is kept of security events, or erase what is about one person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ...database import event_records, webhook_outbox
from ...primitives.clock import SECOND
from .. import users
from ..arguments import name
from ..databases import DatabaseCommand


class Command(DatabaseCommand):
    help = """\
Export the stored security events, or erase a person from them.

  manage.py bearer_events export --user ann           what is kept about one user, a line of JSON each
  manage.py bearer_events export --since 2026-11-01   everything from that day (UTC) on
  manage.py bearer_events erase --user 42             take the person out: user, session, address and details go;
                                                      that something of that kind happened, and when, stays

--user takes the user name or the primary key. Events carry the key, so it also works for a user who is gone. Where a
text is the key of one user and the name of another, it is the key. Timestamps are microseconds since 1970;
first_at_iso and last_at_iso are the same in ISO 8601, in UTC. Whom --user names, and that nothing was found, is told
on standard error.

Events that anybody can
cause at will (failed logins) are counted by the hour and belong to nobody. All rows go after
BEARER["EVENT_RETENTION"], and addresses are cut down to their network after 30 days, by `bearer_purge` and a little
at every login.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["export", "erase"])
        parser.add_argument("--user", default="", help="a user's name or primary key")
        parser.add_argument("--since", default="", metavar="DAY", help="export: from this day on, as 2026-11-01")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = name(options["user"], "--user")
        if options["step"] == "erase":
            if not wanted:
                raise CommandError("Say whose: --user NAME, or the primary key.")
            key = self._key_of(wanted)
            erased = event_records.erase_user(key) + webhook_outbox.erase_user(key)
            self.stdout.write(f"{erased} rows are about nobody now.")
            return
        rows = event_records.rows_kept()
        if options["since"]:
            rows = rows.filter(last_at__gte=_timestamp(options["since"]))
        if wanted:
            rows = rows.filter(user_id=self._key_of(wanted))
        found = False
        for event in event_records.exported(rows):
            found = True
            self.stdout.write(json.dumps(event))
        if not found:
            self.stderr.write("No such event is kept.")

    def _key_of(self, wanted: str) -> str:
        named = users.key_of(wanted)
        if named.note:
            self.stderr.write(named.note)
        return named.key


def _timestamp(day: str) -> int:
    try:
        return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * SECOND
    except (ValueError, TypeError, OverflowError):
        raise CommandError("--since takes a day, as 2026-11-01.") from None
