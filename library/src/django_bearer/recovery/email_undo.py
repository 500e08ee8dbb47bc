"""Undoing a change of the e-mail address, by the link that was mailed to the earlier one.

Whoever has taken an account over has its password, and may have added a second factor. So an undo replaces the
password by one that nobody knows, which the owner recovers by the address, and removes factors that came just before
the change or after it. A factor that is older stays, and its code goes with the link: the earlier mailbox alone must
not pass it by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import is_password_usable, make_password
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import account_tokens, lookup, mfa_required, second_factor, weak_logins
from ..accounts.account_tokens import Link
from ..database import aliases, issuers
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import one_transaction
from ..errors import InvalidRecoveryLink
from ..primitives import randomness
from ..sessions.revocation import end_all_of, tell_of_revoked_user
from . import mailing
from .addresses import CHANGE, set_address, undone
from .links import address_of
from .undo_rules import Undo, ends_with, needed

UNDO = "email_undo"
LINK_LETTERS, LIFETIME = 52, weak_logins.WEEK
CAUSE = "email_restored"


@dataclass(frozen=True, slots=True)
class FoundUndo:
    """A link that is good: whose account it restores to which address, and what it takes beside the link."""

    user: Any
    old: str
    need: Undo
    issuer: str
    link: Link = field(repr=False)
    text: str = field(repr=False)


@sensitive_variables()
def make(user: Any, issuer: str, old: str, epoch: int, settled: bool) -> str:
    """The text of a link that sets `old` again; empty where no page takes it. `epoch` is that of the change."""
    if not conf.current().email_undo_url:
        return ""
    text = randomness.code(LINK_LETTERS)
    details = {"old": old, "epoch": epoch, "settled": settled}
    account_tokens.make_link(user, issuer, UNDO, text, lifetime=LIFETIME, details=details)
    return text


def has_settled_factor(user: Any) -> bool:
    """Whether the user has a second factor, and no login of the last week shows that it is newer than that."""
    return bool(second_factor.is_enrolled(user)) and not weak_logins.since(user, issuers.now())


@sensitive_variables()
def find(issuer: str, text: str) -> FoundUndo:
    """What this link undoes. Nothing is consumed. Raises `InvalidRecoveryLink` for one that is over or used."""
    link = account_tokens.look_link(issuer, UNDO, text)
    user = None if link is None else lookup.user_of_key(str(link.user_id))
    if link is None or user is None:
        raise InvalidRecoveryLink("there is no such link of this issuer, or it was used")
    need = needed(bool(second_factor.is_enrolled(user)), link.details.get("settled") is True)
    return FoundUndo(user, str(link.details["old"]), need, issuer, link, text)


@sensitive_variables()
def undo(found: FoundUndo) -> None:
    """Set the earlier address again, and end all that was issued for the account; the other address is told.

    One transaction: what fails leaves the link as it was. Another account that has the address, or has it as its
    name, keeps nobody from it: this owner has proved the address before. Raises `InvalidRecoveryLink` where the
    database allows the address once only, and another account has it, or where the account was changed meanwhile.
    """
    user, replaced = found.user, address_of(found.user)
    unknown = make_password(randomness.code(LINK_LETTERS)) if is_password_usable(str(user.password)) else None
    before = user.password

    def write() -> int:
        with one_transaction(aliases.sessions_alias()):
            user.password = before
            if not account_tokens.take_link(found.issuer, UNDO, found.text):
                raise InvalidRecoveryLink("the link was used meanwhile")
            if found.need is Undo.REMOVE_FACTORS:
                _remove_factors(user)
            for end in undone:
                end(user)
            _end_later_links(found)
            account_tokens.end(user, CHANGE)
            _, ended = end_all_of(user, CAUSE)
            if not set_address(user, found.old, replaced, unknown):
                raise InvalidRecoveryLink("another account has the address by now, or the user was changed meanwhile")
            return ended

    ended = retry_on_conflict(write)
    tell_of_revoked_user(user, CAUSE, ended)
    if found.need is Undo.REMOVE_FACTORS:
        events.publish(events.EventKind.FACTOR_REMOVED, user_id=str(user.pk), details={"by": CAUSE})
    events.publish(events.EventKind.EMAIL_RESTORED, user_id=str(user.pk))
    if replaced and replaced != found.old:
        mailing.send_or_log(_("Your account has its earlier address again"), _restored_text(), replaced)


def earlier_addresses(user: Any) -> list[str]:
    """The addresses that links which are good would set again, for whoever must be told as well."""
    return [str(one.details["old"]) for one in account_tokens.links_of(user, UNDO)]


class ExposedUndos:
    """Undo links that came over plain HTTP: each is replaced by another one, which is mailed to the same address."""

    @sensitive_variables()
    def user_of(self, text: str, issuer: str) -> str:
        """The key of the user of a link that is good, as text; empty for any other text."""
        link = account_tokens.look_link(issuer, UNDO, text)
        return "" if link is None else str(link.user_id)

    @sensitive_variables()
    def end(self, text: str) -> None:
        """End it, and mail its owner another one, which ends no later."""
        fresh = randomness.code(LINK_LETTERS)
        link = account_tokens.replace_link(UNDO, text, fresh)
        if link is not None:
            mailing.send_or_log(_("Another link for your account"), text_for_old(fresh), str(link.details["old"]))


LINKS = ExposedUndos()


def _remove_factors(user: Any) -> None:
    remove = getattr(conf.current().second_factor, "remove_factors", None)
    if callable(remove):
        second_factor.asked(lambda: remove(user), "remove_factors")
        mfa_required.end_time(user)


def _end_later_links(found: FoundUndo) -> None:
    """End the links of later changes. Those of earlier ones stay: an earlier address always wins."""
    for other in account_tokens.links_of(found.user, UNDO):
        if ends_with(found.link.details, other.details):
            account_tokens.end_link(other)


@sensitive_variables()
def text_for_old(link: str) -> str:
    """What the earlier address is told, with the link where there is one."""
    told = _("Your account has another address from now on, and every login was ended.")
    if not link:
        return told
    undo_text = _(
        "If that was not you, open this link within seven days. It sets this address again, and then you choose a new"
        " password:\n\n%(link)s"
    )
    return f"{told}\n\n{undo_text % {'link': conf.current().email_undo_url.replace('{token}', link)}}"


def _restored_text() -> str:
    return _(
        "Somebody used the link that was mailed to the earlier address of your account. That address was set again,"
        " and every login and the password were ended.\n\nIf that was not you, tell the help desk at once."
    )
