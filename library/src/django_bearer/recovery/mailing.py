"""Mailing recovery links: to the addresses on file of the accounts that a typed name or address finds."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import enrolment
from ..database import aliases
from ..passwords.spelling import folded
from . import links

MOST = 5
"""Accounts of one address that a request mails for: those that have verified it first, then the oldest."""
LOOKED_AT = 50
logger = logging.getLogger("django_bearer.security")


@sensitive_variables()
def send_links(typed: str, issuer: str) -> None:
    """Mail a link to each account that `typed` names. Never raises: its caller has been answered already."""
    try:
        for user in accounts(typed):
            text = links.make(user, issuer) if links.may_recover(user) else None
            if text is not None:
                _mail(user, text)
                events.publish(events.EventKind.RECOVERY_SENT, user_id=str(user.pk))
    except Exception as error:
        logger.error("recovery links were not mailed: %s", type(error).__name__, exc_info=error)


@sensitive_variables()
def accounts(typed: str) -> list[Any]:
    """The users that this is the name or the address of. What the database takes for equal is compared once more:
    an address of other letters that look alike is another one."""
    model = get_user_model()
    manager = model._default_manager.db_manager(aliases.user_alias())
    field, same = model.get_email_field_name(), folded(typed)
    found = {}
    try:
        named = manager.get_by_natural_key(typed) if hasattr(manager, "get_by_natural_key") else None
    except (ObjectDoesNotExist, MultipleObjectsReturned, ValidationError, ValueError, TypeError):
        named = None
    if named is not None and folded(str(named.get_username())) == same:
        found[named.pk] = named
    if hasattr(model, field):
        oldest = manager.filter(**{f"{field}__iexact": typed}).order_by("pk")[:LOOKED_AT]
        alike = [user for user in oldest if folded(links.address_of(user)) == same]
        alike.sort(key=lambda user: not _is_verified(user, same))  # of those that are alike, the oldest come first
        found.update({user.pk: user for user in alike})
    return list(found.values())[:MOST]


def _is_verified(user: Any, same: str) -> bool:
    """Whether the user has verified this address: anybody can name that of somebody else at a sign-up."""
    return folded(enrolment.verified_address(user)) == same


@sensitive_variables()
def send_or_log(subject: str, body: str, address: str) -> None:
    """Send one mail about what is done already; a failure is logged, and keeps nobody else from being told."""
    try:
        send_mail(subject, body, None, [address])
    except Exception as error:
        logger.error("a change of an account was not told: %s", type(error).__name__, exc_info=error)


@sensitive_variables()
def _mail(user: Any, text: str) -> None:
    link = conf.current().recovery_url.replace("{token}", text)  # never the Host of whoever asked (CS-03)
    body = _(
        "Somebody asked for a new password for your account. If that was you, open this link within 15 minutes:\n\n"
        "%(link)s\n\n"
        "If it was not you, do nothing. Your password stays as it is."
    )
    send_mail(_("A new password for your account"), body % {"link": link}, None, [links.address_of(user)])
