"""`manage.py bearer_webhooks`: send the events that wait for a webhook."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error

from ...database import aliases
from ...errors import BearerError
from ...integrations.webhooks.delivery import deliver
from ..databases import DatabaseCommand

logger = logging.getLogger("django_bearer.security")
MOST = 3600
"""Seconds between two runs: the first attempts at a message lie within minutes."""


class Command(DatabaseCommand):
    help = """\
Send the security events that wait for BEARER["WEBHOOKS"], and print how many. Run it every minute, or let it run:

  manage.py bearer_webhooks
  manage.py bearer_webhooks --every 60

What does not arrive is sent again after half a minute, two minutes, eight minutes and so on, ten times in a day and a
half; then it is given up, with a line in the log. Several may run at once. No request waits for it.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every",
            type=int,
            metavar="SECONDS",
            help="do not end: send again after so many seconds, until SIGTERM or SIGINT",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        every = options["every"]
        if every is None:
            self._deliver()
            return
        if not 1 <= every <= MOST:
            raise CommandError(f"--every is between 1 and {MOST} seconds.")
        with told_to_end() as end:
            while not end.is_set():
                try:
                    self._deliver()
                except (Error, BearerError) as error:  # the next run tries again
                    logger.error("webhooks were not sent: %s", type(error).__name__)
                _let_go()
                end.wait(every)

    def _deliver(self) -> None:
        done = deliver()
        self.stdout.write(f"{done.sent} sent, {done.later} to be sent again, {done.given_up} given up")


def _let_go() -> None:
    """What Django does after a request: a connection that broke, or is old, is opened anew."""
    connection = aliases.connection(aliases.sessions_alias())
    if not connection.in_atomic_block:  # as in a test
        connection.close_if_unusable_or_obsolete()


@contextmanager
def told_to_end() -> Iterator[threading.Event]:
    """A block whose event is set by SIGTERM and SIGINT, so that a message under way is finished first."""
    event = threading.Event()
    before = {number: signal.signal(number, lambda *_: event.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
