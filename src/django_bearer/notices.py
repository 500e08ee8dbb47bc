"""Telling people: `BEARER["NOTIFY"]` is called when a used token came again, at most once an hour for each user.

`mail_user` is one that is ready to use. It is called after the session was ended and committed; a failure is logged
and changes nothing.
"""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from . import conf
from .errors import BearerError
from .events import Kind, SecurityEvent, security_event
from .storage import counters, place
from .storage.counters import Window

ABOUT = frozenset({Kind.TOKEN_REUSED})
"""The kinds of events that a user should hear of."""
ONCE_IN = 3600
"""Seconds within which a user is told once."""
logger = logging.getLogger("django_bearer.security")


def connect() -> None:
    """Listen to the events that a user should hear of."""
    for kind in ABOUT:
        security_event.connect(_tell, sender=kind, dispatch_uid=f"django_bearer.notify.{kind.value}")


def mail_user(event: SecurityEvent, user: Any) -> None:
    """Write to the user that a session was ended because its token was used twice. For `BEARER["NOTIFY"]`.

    It sends by Django's e-mail settings, while the request waits. A project with a task queue names a function of its
    own that only enqueues.
    """
    address = getattr(user, user.get_email_field_name(), "")
    if address:
        subject = _("A login of yours was ended")
        text = _(
            "Somebody used a copy of a token of yours, so that login was ended on both sides.\n"
            "Log in again on your device. If you did not expect this, change your password: that ends every login."
        )
        send_mail(subject, text, None, [address])


def _tell(sender: Any, event: SecurityEvent, **_: Any) -> None:
    notify = conf.current().notify
    if notify is None or not event.user_id:
        return
    try:
        user = get_user_model()._default_manager.using(place.user_alias()).filter(pk=event.user_id).first()
        if user is not None and counters.hit([Window(f"notify|{event.user_id}", 1, ONCE_IN)])[0].wait == 0:
            notify(event, user)
    except BearerError as error:
        logger.error("nobody was told of %s: %s", event.kind.value, error.code)
