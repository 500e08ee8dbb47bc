"""Mails to the owner of an account of which something was changed: to every address that was verified before."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.models import EmailAddress
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from ... import conf
from ...events import EventKind
from ...recovery.event_mails import mail_user, words
from ...recovery.links import address_of

logger = logging.getLogger("django_bearer.security")
MOST = 5
"""Addresses of one account that are told."""


def tell(user: Any, subject: str, body: str, *, also: str = "", but: str = "") -> None:
    """Mail to the verified addresses of `user`, or to the one on file where none is. Never raises.

    `also` is told as well, such as an address that was removed; `but` is not, such as one that was just added.
    """
    found = EmailAddress.objects.filter(user_id=user.pk, verified=True).exclude(email=but).order_by("-primary", "pk")
    addresses = [str(one.email) for one in found[:MOST]]
    on_file = address_of(user)
    if not addresses and on_file != but:
        addresses = [on_file]
    for address in dict.fromkeys([*addresses, also]):
        if address:
            _send(subject, body, address)


def _send(subject: str, body: str, address: str) -> None:
    try:
        send_mail(subject, body, None, [address])
    except Exception as error:  # the change is done, and no reason to answer otherwise
        logger.error("the owner was not told of a change: %s", type(error).__name__, exc_info=error)


def tell_of(kind: EventKind, user: Any) -> None:
    """Tell of an event in the words of `mail_user`, unless `ON_TOKEN_REUSE` mails them already."""
    if conf.current().on_token_reuse is not mail_user:
        tell(user, *words(kind))


def tell_added(user: Any, address: str) -> None:
    """Tell the others that an address was added."""
    body = _(
        "Whoever reads the mails of that address may be able to log in as you.\n"
        "If you did not add it, remove it, and change your password: that ends every login."
    )
    tell(user, _("An address was added to your account"), body, but=address)


def tell_removed(user: Any, address: str, verified: bool) -> None:
    """Tell that an address was removed; that address, too, where it was verified."""
    body = _("Every login was ended.\nIf you did not remove it, change your password, and add the address again.")
    tell(user, _("An address of your account was removed"), body, also=address if verified else "")


def tell_password(user: Any) -> None:
    """Tell that a password was set by somebody who was logged in."""
    body = _(
        "Somebody who was logged in as you set a new password. Every login was ended.\n"
        "If that was not you, ask for a new password by mail."
    )
    tell(user, _("Your password was changed"), body)


def tell_connected(user: Any, provider: str) -> None:
    """Tell that a login at another site opens the account from now on."""
    body = _(
        "Whoever logs in to that account at %(provider)s is logged in to yours. Every login was ended.\n"
        "If you did not connect it, disconnect it, and change your password."
    )
    tell(user, _("An account at another site was connected to yours"), body % {"provider": provider})


def tell_disconnected(user: Any, provider: str) -> None:
    """Tell that a login at another site opens the account no more."""
    body = _(
        "Your account at %(provider)s does not log you in any more. Every login was ended.\n"
        "If that was not you, change your password."
    )
    tell(user, _("An account at another site was disconnected from yours"), body % {"provider": provider})


def tell_no_password(address: str) -> None:
    """Tell whoever asked for a new password that the account has none."""
    body = _(
        "Somebody asked for a new password for your account. It has none: log in as you did before, such as with a"
        " passkey or your account at another site.\n\nIf it was not you, do nothing."
    )
    _send(_("A new password for your account"), body, address)
