"""Telling people: `BEARER["ON_TOKEN_REUSE"]` is called of a reused token, an API token and a recovered password.

`mail_user` is one that is ready to use. It is called after what it tells of was committed, for each user a bounded
number of times an hour; a failure is logged and changes nothing.
"""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from . import conf
from .database import aliases, rate_limit_counters
from .database.rate_limit_counters import Window
from .errors import BearerError
from .events import EventKind, SecurityEvent, security_event

ABOUT = {
    EventKind.TOKEN_REUSED: 1,
    EventKind.API_TOKEN_CREATED: 10,
    EventKind.PASSWORD_RECOVERED: 5,
    EventKind.ENROLMENT_STARTED: 1,
    EventKind.ENROLMENT_CODE_CREATED: 5,
    EventKind.FACTOR_ADDED: 10,
    EventKind.FACTOR_REMOVED: 10,
}
"""The kinds of events that a user should hear of, and how often in an hour: one that is expected must hide none."""
HOUR = 3600
"""Seconds within which a user is told of each kind so often."""
logger = logging.getLogger("django_bearer.security")


def connect() -> None:
    """Listen to the events that a user should hear of."""
    for kind in ABOUT:
        security_event.connect(_tell, sender=kind, dispatch_uid=f"django_bearer.notify.{kind.value}")


def mail_user(event: SecurityEvent, user: Any) -> None:
    """Write to the user what has happened. For `BEARER["ON_TOKEN_REUSE"]`.

    It sends by Django's e-mail settings, while the request waits. A project with a task queue names a function of its
    own that only enqueues.

    Args:
        event: The event.
        user: The user whom it concerns. Without an e-mail address nothing is sent.
    """
    address = getattr(user, user.get_email_field_name(), "")
    if address:
        subject, text = _words(event.kind)
        send_mail(subject, text, None, [address])


def _words(kind: EventKind) -> tuple[str, str]:
    if kind is EventKind.API_TOKEN_CREATED:
        return _("An API token was made for your account"), _(
            "Somebody who was logged in as you made an API token, which acts in your name until it ends.\n"
            "If that was not you, change your password: that ends it, and every login."
        )
    if kind is EventKind.PASSWORD_RECOVERED:
        return _("Your password was changed"), _(
            "Somebody set a new password for your account by a link that was mailed to you. Every login was ended.\n"
            "If that was not you, ask for a new password, and change that of your mailbox."
        )
    if kind is EventKind.FACTOR_ADDED:
        return _("A second factor was added to your account"), _(
            "From now on a login needs it. Every earlier login was ended.\n"
            "If that was not you, ask an administrator to remove it, and change your password."
        )
    if kind is EventKind.FACTOR_REMOVED:
        return _("A second factor of your account was removed"), _(
            "Every login was ended.\nIf that was not you, change your password and add a second factor again."
        )
    if kind is EventKind.ENROLMENT_STARTED:
        return _("Your account needs a second factor"), _(
            "Somebody logged in as you, and your account has no second factor yet. Add one soon: later, a login is"
            " only possible with a code that is mailed to you, or one from an administrator."
        )
    if kind is EventKind.ENROLMENT_CODE_CREATED:
        return _("An administrator made a code for your account"), _(
            "With the code and your password, a second factor can be added to your account.\n"
            "If you did not ask for it, tell your administrator at once."
        )
    return _("A login of yours was ended"), _(
        "Somebody used a copy of a token of yours, so that login was ended on both sides.\n"
        "Log in again on your device. If you did not expect this, change your password: that ends every login."
    )


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
