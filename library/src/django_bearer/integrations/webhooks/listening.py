"""From an event to the messages that wait: nothing is sent while a request is answered."""

from __future__ import annotations

import json
from typing import Any

from django.db import Error as DatabaseError

from ... import conf, events
from ...conf.webhooks import Webhook
from ...database import rate_limit_counters, webhook_outbox
from ...database.durable_writes import once_committed, write_after_commit
from ...database.rate_limit_counters import Window
from ...errors import BearerError
from ...events import SecurityEvent, security_event

HOUR = 3600
AN_HOUR = 60
"""Messages of one kind that a webhook gets within an hour: what anybody can cause at will must fill no table."""


def connect() -> None:
    """Listen to all events."""
    security_event.connect(_on_event, dispatch_uid="django_bearer.webhooks")


def _on_event(sender: Any, event: SecurityEvent, **_: Any) -> None:
    try:
        wanted = [hook for hook in conf.current().webhooks.values() if event.kind in hook.kinds]
    except BearerError:
        return  # settings that cannot be used: the event says so
    for hook in wanted:
        _store_after_commit(hook, event)


def _store_after_commit(hook: Webhook, event: SecurityEvent) -> None:
    """As with the table of events: a refusal does not undo it, and what is rolled back did not happen."""
    if not write_after_commit(lambda: _store(hook, event)):
        once_committed(lambda: _store(hook, event))


def _store(hook: Webhook, event: SecurityEvent) -> None:
    try:
        window = Window(f"webhook|{hook.name}|{event.kind.value}", AN_HOUR, HOUR)
        if rate_limit_counters.hit([window])[0].wait == 0:
            webhook_outbox.add(hook.name, event.user_id, body_of(event), event.at)
    except (DatabaseError, BearerError) as error:
        events.logger.error("no message about %s was stored: %s", event.kind.value, type(error).__name__)


def body_of(event: SecurityEvent) -> str:
    """The message: the members of the event's log line, under `data`."""
    return json.dumps({"type": event.kind.value, "timestamp": event.at, "data": events.members_of(event)})
