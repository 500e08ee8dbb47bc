"""Sending what is due: each message signed anew, and sent again later where it did not arrive."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from ... import conf, events
from ...conf.webhooks import Webhook
from ...database import issuers, webhook_outbox
from ...models import WebhookDelivery
from ...primitives import clock, randomness
from ...primitives.clock import SECOND
from ...tokens.webhook_signature import sign
from . import connection
from .connection import NotSent

BATCH = 200
"""Messages of one run of the command."""
SHARE = 30.0
"""Seconds of one run after which a webhook gets no more messages in it: a slow one delays the others little."""
ATTEMPTS = 10
FIRST, LONGEST = 30, 6 * 3600
"""Seconds until the second attempt, and at most between two."""
Post = Callable[[Webhook, bytes, dict[str, str]], None]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did."""

    sent: int = 0
    later: int = 0
    given_up: int = 0


def delay(attempts: int, chance: float) -> int:
    """Microseconds until the next attempt after so many; `chance` is a number from 0 up to 1."""
    seconds: int = min(LONGEST, FIRST * 4 ** min(attempts - 1, 8))
    return round(seconds * (0.75 + chance / 2) * SECOND)


def post(hook: Webhook, body: bytes, headers: dict[str, str]) -> None:
    """Send over the network. Raises `NotSent`."""
    connection.post(hook.url, body, headers, hook.networks)


def deliver(send: Post = post, most: int = BATCH) -> Delivered:
    """Send what is due, to the webhooks in turn. Several may run at once: each message is claimed by one of them."""
    hooks, started = conf.current().webhooks, issuers.now()
    turns, left, outcomes = deque(hooks), dict.fromkeys(hooks, SHARE), Counter[str]()
    while turns and outcomes.total() < most:
        name = turns.popleft()
        row = webhook_outbox.claim(name, started, issuers.now())
        if row is None:
            continue
        began = clock.monotonic()
        outcomes[_attempt(hooks[name], row, send)] += 1
        left[name] -= clock.monotonic() - began
        if left[name] > 0:
            turns.append(name)
    return Delivered(**outcomes)


def _attempt(hook: Webhook, row: WebhookDelivery, send: Post) -> str:
    """Send a claimed message; returns which number of `Delivered` it belongs to."""
    try:
        _send(hook, row, send)
    except NotSent as error:
        if row.attempts >= ATTEMPTS:
            webhook_outbox.arrived(row)
            events.logger.error("message %s for %s is given up: %s", row.message_id, row.webhook, error)
            return "given_up"
        webhook_outbox.again(row, issuers.now() + delay(row.attempts, randomness.fraction()))
        events.logger.warning("message %s for %s did not arrive: %s", row.message_id, row.webhook, error)
        return "later"
    webhook_outbox.arrived(row)
    return "sent"


def _send(hook: Webhook, row: WebhookDelivery, send: Post) -> None:
    """The timestamp is that of this attempt, so that a receiver takes a late one for no repeated one."""
    body, timestamp = row.body.encode(), issuers.now() // SECOND
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "django-bearer-webhooks",
        "webhook-id": row.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(hook.secrets, row.message_id, timestamp, body),
    }
    send(hook, body, headers)
