"""Mails to a user about a security event: `mail_user`, and the words of each kind."""

from __future__ import annotations

from typing import Any

from django.core.mail import send_mail
from django.utils.translation import gettext as _

from ..events import EventKind, SecurityEvent


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
        subject, text = words(event.kind)
        send_mail(subject, text, None, [address])


def words(kind: EventKind) -> tuple[str, str]:
    """Say what has happened, to a user, in the language that is active.

    Args:
        kind: The kind of event, of those in `ABOUT`.

    Returns:
        The subject and the text.
    """
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
    if kind is EventKind.DEVICE_REMEMBERED:
        return _("A device is not asked for your second factor any more"), _(
            "Somebody who logged in as you with your second factor asked us not to ask for it on that device again.\n"
            "If that was not you, change your password: that ends it, and every login."
        )
    if kind is EventKind.LOGIN_HANDED_OVER:
        return _("Your login goes on at another device or site"), _(
            "Somebody who was logged in as you handed the login over: another device or site is logged in as you now,"
            " too.\nIf that was not you, end it in the list of your sessions, and change your password."
        )
    if kind is EventKind.FACTOR_REMOVED:
        return _("A second factor of your account was removed"), _(
            "Every login was ended.\nIf that was not you, change your password and add a second factor again."
        )
    if kind is EventKind.EMAIL_RESTORED:
        return _("Your account has its earlier address again"), _(
            "The link that was mailed to this address was used. Every login and the password were ended.\n"
            "Ask for a new password."
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
