"""Changing the e-mail address of an account: both addresses are told, and the earlier one can undo it for a week.

A code goes to the new address, so that nobody names one that is not theirs. Who has taken the account over has the
password, too, so an undo also replaces the password by one that nobody knows: the owner recovers it by the address.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import is_password_usable
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import account_tokens
from ..database import aliases
from ..database.conflicts import retry_on_conflict
from ..errors import InvalidCode, InvalidRecoveryLink
from ..passwords.spelling import folded
from ..primitives import randomness
from ..rate_limits import limiter, rules
from ..sessions.revocation import revoke_user
from . import mailing
from .links import address_of

CHANGE, UNDO = "email_change", "email_undo"
CODE_LETTERS, LINK_LETTERS = 10, 52
CODE_LIFETIME, UNDO_LIFETIME = 900, 7 * 86_400
MAILED = "3/15 minute"
"""Mails about a change that one account causes."""
logger = logging.getLogger("django_bearer.security")
undone: list[Callable[[Any], None]] = []
"""Called with a user whose earlier address was set again: what else whoever took the account over may have left."""
address_stores: list[Callable[[Any, str], None]] = []
"""Called with a user and the address that was set, by us: what else keeps addresses, such as a package, follows."""


@sensitive_variables()
def ask(user: Any, issuer: str, session_id: str, address: str) -> None:
    """Mail a code to the new address, or tell its owner where another account has it. Never raises: its caller has
    been answered already, so that nobody learns which addresses have accounts."""
    try:
        if limiter.admit((rules.bucket("email-changes", MAILED, str(user.pk)),)):
            return
        if others_with(address, user):
            send_mail(_("Your address is in use"), _taken_text(), None, [address])
            return
        code = randomness.code(CODE_LETTERS)
        account_tokens.end(user, CHANGE)
        account_tokens.make(
            user, issuer, CHANGE, code, lifetime=CODE_LIFETIME, bound_to=session_id, details={"new": address}
        )
        send_mail(_("Your code for a new address"), _code_text() % {"code": code}, None, [address])
    except Exception as error:
        logger.error("the code for a new address was not mailed: %s", type(error).__name__, exc_info=error)


@sensitive_variables()
def confirm(user: Any, issuer: str, session_id: str, code: str) -> None:
    """Set the address that this code was mailed to, end every session, and tell both addresses.

    Raises `InvalidCode` for any other code, and where another account has the address by now.
    """
    found = account_tokens.take(user, issuer, CHANGE, code, bound_to=session_id)
    if found is None:
        raise InvalidCode("it is not the code that was mailed for this session")
    old, new = address_of(user), str(found["new"])
    if others_with(new, user) or not set_address(user, new):
        raise InvalidCode("another account has the address by now")
    changed(user, issuer, old, new)


@sensitive_variables()
def changed(user: Any, issuer: str, old: str, new: str) -> None:
    """What follows a change of the address: every session ends, an event, and a mail to both addresses."""
    revoke_user(user, "email_changed")
    events.publish(events.EventKind.EMAIL_CHANGED, user_id=str(user.pk))
    try:
        send_mail(_("Your address was changed"), _new_text(), None, [new])
        if old and folded(old) != folded(new):
            send_mail(_("Your address was changed"), _text_for_old(user, issuer, old), None, [old])
    except Exception as error:
        logger.error("a changed address was not told: %s", type(error).__name__, exc_info=error)


@sensitive_variables()
def undo(issuer: str, text: str) -> None:
    """Set the earlier address again, by the link that was mailed to it, and end all that was issued for the account.

    Raises `InvalidRecoveryLink` for a link that is over or used, or whose address another account has by now.
    """
    taken = account_tokens.take_link(issuer, UNDO, text)
    user = (
        None
        if taken is None
        else get_user_model()._base_manager.using(aliases.user_alias()).filter(pk=taken[0]).first()
    )
    if taken is None or user is None:
        raise InvalidRecoveryLink("there is no such link of this issuer, or it was used")
    old = str(taken[1]["old"])
    if others_with(old, user) or not set_address(user, old):
        raise InvalidRecoveryLink("another account has the address by now")
    if is_password_usable(str(user.password)):
        user.set_password(randomness.code(LINK_LETTERS))  # which nobody knows: recovery by the address sets another
        user.save(update_fields=["password"])
    for purpose in (CHANGE, UNDO):
        account_tokens.end(user, purpose)
    for end in undone:
        end(user)
    revoke_user(user, "email_restored")
    events.publish(events.EventKind.EMAIL_RESTORED, user_id=str(user.pk))


def others_with(address: str, user: Any) -> bool:
    """Whether another account has this address, in whatever spelling, or has it as its name."""
    return any(found.pk != user.pk for found in mailing.accounts(address))


def set_address(user: Any, address: str) -> bool:
    """Store the address; False where the database has it for another account."""

    def write() -> bool:
        try:
            with transaction.atomic(using=aliases.of(user)):
                setattr(user, user.get_email_field_name(), address)
                user.save(update_fields=[user.get_email_field_name()])
                for store in address_stores:
                    store(user, address)
        except IntegrityError:
            return False
        return True

    return retry_on_conflict(write)


@sensitive_variables()
def _text_for_old(user: Any, issuer: str, old: str) -> str:
    """What the earlier address is told, with the link that undoes the change where there is a page for it."""
    page = conf.current().email_undo_url
    if not page:
        return _old_text()
    text = randomness.code(LINK_LETTERS)
    account_tokens.make_link(user, issuer, UNDO, text, lifetime=UNDO_LIFETIME, details={"old": old})
    return f"{_old_text()}\n\n{_undo_text() % {'link': page.replace('{token}', text)}}"


def _taken_text() -> str:
    return _("Somebody wanted to use this address for another account. It is yours already: do nothing.")


def _code_text() -> str:
    return _("Type this code where you asked for it, within 15 minutes: %(code)s\n\nIf you did not ask, do nothing.")


def _new_text() -> str:
    return _("This is the address of your account from now on. Every login was ended: log in again.")


def _old_text() -> str:
    return _("Your account has another address from now on, and every login was ended.")


def _undo_text() -> str:
    return _(
        "If that was not you, open this link within seven days. It sets this address again, and then you choose a new"
        " password:\n\n%(link)s"
    )
