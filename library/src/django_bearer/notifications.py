"""Telling people: `BEARER["ON_TOKEN_REUSE"]` is called of a reused token, an API token and a recovered password.

`mail_user` is one that is ready to use. It is called after what it tells of was committed, for each user a bounded
number of times an hour; a failure is logged and changes nothing.
"""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth import get_user_model

from . import conf
from .database import aliases, rate_limit_counters
from .database.rate_limit_counters import Window
from .errors import BearerError
from .events import EventKind, SecurityEvent, security_event
from .recovery.event_mails import mail_user as mail_user

ABOUT = {
    EventKind.TOKEN_REUSED: 1,
    EventKind.API_TOKEN_CREATED: 10,
    EventKind.PASSWORD_RECOVERED: 5,
    EventKind.ENROLMENT_STARTED: 1,
    EventKind.ENROLMENT_CODE_CREATED: 5,
    EventKind.FACTOR_ADDED: 10,
    EventKind.DEVICE_REMEMBERED: 10,
    EventKind.LOGIN_HANDED_OVER: 20,
    EventKind.FACTOR_REMOVED: 10,
    EventKind.EMAIL_RESTORED: 5,
}
"""The kinds of events that a user should hear of, and how often in an hour: one that is expected must hide none."""
HOUR = 3600
"""Seconds within which a user is told of each kind so often."""
logger = logging.getLogger("django_bearer.security")


def connect() -> None:
    """Listen to the events that a user should hear of."""
    for kind in ABOUT:
        security_event.connect(_tell, sender=kind, dispatch_uid=f"django_bearer.notify.{kind.value}")


def _tell(sender: Any, event: SecurityEvent, **_: Any) -> None:
    notify = conf.current().on_token_reuse
    if notify is None or not event.user_id:
        return
    try:
        user = get_user_model()._default_manager.using(aliases.user_alias()).filter(pk=event.user_id).first()
        once = Window(f"notify|{event.kind.value}|{event.user_id}", ABOUT[event.kind], HOUR)
        if user is not None and rate_limit_counters.hit([once])[0].wait == 0:
            notify(event, user)
    except BearerError as error:
        logger.error("nobody was told of %s: %s", event.kind.value, error.code)
