"""`manage.py bearer_webhooks`: send the events that wait for a webhook."""

from __future__ import annotations

from typing import Any

from ...integrations.webhooks.delivery import deliver
from ..databases import DatabaseCommand


class Command(DatabaseCommand):
    help = """\
Send the security events that wait for BEARER["WEBHOOKS"], and print how many. Run it every minute.

  manage.py bearer_webhooks

What does not arrive is sent again after half a minute, two minutes, eight minutes and so on, ten times in a day and a
half; then it is given up, with a line in the log. Several may run at once. No request waits for it.
"""

    def handle(self, *args: Any, **options: Any) -> None:
        done = deliver()
        self.stdout.write(f"{done.sent} sent, {done.later} to be sent again, {done.given_up} given up")
