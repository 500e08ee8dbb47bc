"""Changing the e-mail address of an account: both addresses are told, and the earlier one can undo it for a week.

A code goes to the new address, so that nobody names one that is not theirs. What a change ends, and the link that
undoes it, are one transaction with it: what fails has changed nothing, and the code is good once more.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from .. import events
from ..accounts import account_tokens
from ..database import aliases, issuers
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import once_committed, one_transaction
from ..errors import InvalidCode
from ..primitives import randomness
from ..rate_limits import limiter, rules
from ..sessions.revocation import end_all_of, tell_of_revoked_user
from . import email_undo, mailing
from .addresses import CHANGE, set_address
from .links import address_of

CODE_LETTERS, CODE_LIFETIME = 10, 900
MAILED = "3/15 minute"
"""Mails about a change that one account causes."""
CAUSE = "email_changed"
logger = logging.getLogger("django_bearer.security")


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

    Raises `InvalidCode` for any other code, where another account has the address by now, and where the password, the
    address or the user was changed or everything was ended meanwhile. Nothing has changed then.
    """
    state = issuers.state(issuer, user.pk)
    found = account_tokens.look(user, issuer, CHANGE, code, bound_to=session_id)
    if found is None:
        raise InvalidCode("it is not the code that was mailed for this session")
    old, new = address_of(user), str(found["new"])
    if others_with(new, user):
        raise InvalidCode("another account has the address by now")
    settled = email_undo.has_settled_factor(user)

    def write() -> tuple[int, str]:
        with one_transaction(aliases.sessions_alias()):
            if account_tokens.take(user, issuer, CHANGE, code, bound_to=session_id) is None:
                raise InvalidCode("the code was used meanwhile")
            epoch, ended = end_all_of(user, CAUSE)
            if epoch != state.user_epoch + 1:
                raise InvalidCode("everything of the account was ended meanwhile")
            link = email_undo.make(user, issuer, old, epoch, settled) if old else ""
            if not set_address(user, new, only_if=old):
                raise InvalidCode("another account has the address by now, or the user was changed meanwhile")
            return ended, link

    ended, link = retry_on_conflict(write)
    _tell(user, old, new, ended, link)


@sensitive_variables()
def changed(user: Any, issuer: str, old: str, new: str) -> None:
    """What follows a change of the address by a package: sessions end, an event, and a mail to both.

    Within a transaction of the package's, the event and the mails wait for its commit.
    """
    settled = email_undo.has_settled_factor(user)

    def write() -> tuple[int, str]:
        with one_transaction(aliases.sessions_alias()):
            epoch, ended = end_all_of(user, CAUSE)
            return ended, email_undo.make(user, issuer, old, epoch, settled) if old else ""

    ended, link = retry_on_conflict(write)
    once_committed(lambda: _tell(user, old, new, ended, link))


@sensitive_variables()
def _tell(user: Any, old: str, new: str, ended: int, link: str) -> None:
    """Publish it, and tell the earlier address first: its owner is who may have to undo it."""
    tell_of_revoked_user(user, CAUSE, ended)
    events.publish(events.EventKind.EMAIL_CHANGED, user_id=str(user.pk))
    if old and old != new:
        mailing.send_or_log(_("Your address was changed"), email_undo.text_for_old(link), old)
    mailing.send_or_log(_("Your address was changed"), _new_text(), new)


def others_with(address: str, user: Any) -> bool:
    """Whether another account has this address, in whatever spelling, or has it as its name."""
    return any(found.pk != user.pk for found in mailing.accounts(address))


def _taken_text() -> str:
    return _("Somebody wanted to use this address for another account. It is yours already: do nothing.")


def _code_text() -> str:
    return _("Type this code where you asked for it, within 15 minutes: %(code)s\n\nIf you did not ask, do nothing.")


def _new_text() -> str:
    return _("This is the address of your account from now on. Every login was ended: log in again.")
