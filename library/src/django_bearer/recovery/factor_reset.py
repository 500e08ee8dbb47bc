"""Resetting a lost second factor by a help desk: a second person agrees or days pass, and the owner is told first.

Whoever talks a single person at the help desk into a reset gets no account by it (NIST 800-63B-4 section 4.2).
"""

from __future__ import annotations

from typing import Any

from django.core.mail import send_mail
from django.utils.translation import gettext as _

from .. import conf, events
from ..accounts import account_tokens, lookup, mfa_required, second_factor
from ..accounts.account_tokens import FACTOR_RESET as PURPOSE
from ..accounts.credential_owner import require_user
from ..database import aliases, issuers
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import one_transaction
from ..errors import InvalidRequest, LoginRefused
from ..primitives.clock import SECOND
from ..sessions.revocation import end_all_of, tell_of_revoked_user
from . import email_undo, factor_reset_rules, mailing
from .links import address_of

CAUSE = "factors_changed"
KEPT = 30 * 86_400
"""Seconds after which a request is forgotten."""


def request(user: Any, by: Any, issuer: str) -> int:
    """Ask for a reset in the name of `by`; when it may be done without a second person, in seconds since 1970.

    The owner is told by mail before anything is stored. A request ends those of before.
    """
    _require_may(by, user)
    if not second_factor.is_enrolled(user):
        raise InvalidRequest("the user has no second factor")
    address = address_of(user)
    if not address:
        raise InvalidRequest("the user has no address, and has to be told of a reset")
    delay, now = conf.current().factor_reset_delay, issuers.now()
    body = _(
        "Somebody asked our help desk to remove the second factor of your account. It is removed in %(hours)s hours,"
        " or earlier where a second person agrees.\n\nIf that was not you, log in with your second factor: that stops"
        " it. Then tell the help desk."
    )
    subject, told = _("The second factor of your account is to be removed"), body % {"hours": delay // 3600}
    send_mail(subject, told, None, [address])
    for earlier in email_undo.earlier_addresses(user):  # whoever has changed the address must not be told alone
        mailing.send_or_log(subject, told, earlier)
    account_tokens.end(user, PURPOSE)
    due_at = now + delay * SECOND
    details = {"by": str(by.pk), "asked_at": now, "due_at": due_at}
    account_tokens.make(user, issuer, PURPOSE, "", lifetime=KEPT, details=details)
    about = {"by": str(by.pk)}
    events.publish(events.EventKind.FACTOR_RESET_REQUESTED, user_id=str(user.pk), details=about)
    return due_at // SECOND


def complete(user: Any, by: Any, issuer: str) -> None:
    """Remove the factors of a user for whom a reset was asked: `by` is a second person, or the time is over.

    Every session and API token ends, in one transaction with the factors. A factor that is required is enrolled with
    a code then, as if no time to enrol were left. Raises `LoginRefused` where nobody asked or the owner has shown the
    factor since, it is too early, or whoever asked might not ask any more.
    """
    _require_may(by, user)
    found = account_tokens.look(user, issuer, PURPOSE, "")
    if found is None:
        raise LoginRefused("nobody asked for a reset of this user, or the owner logged in or was changed since")
    if str(by.pk) == found["by"] and issuers.now() < found["due_at"]:
        raise LoginRefused("a reset needs a second person until its time is over")
    _require_may(lookup.user_of_key(str(found["by"])), user)
    remove = getattr(conf.current().second_factor, "remove_factors", None)
    if not callable(remove):
        raise InvalidRequest("BEARER['SECOND_FACTOR'] has no remove_factors(user)")

    def write() -> int:
        with one_transaction(aliases.sessions_alias()):
            if account_tokens.take(user, issuer, PURPOSE, "") is None:
                raise LoginRefused("another request has just done it, or the owner has just logged in")
            second_factor.asked(lambda: remove(user), "remove_factors")
            mfa_required.end_time(user)
            return end_all_of(user, CAUSE)[1]

    tell_of_revoked_user(user, CAUSE, retry_on_conflict(write))
    details = {"by": str(by.pk), "asked_by": str(found["by"])}
    events.publish(events.EventKind.FACTOR_REMOVED, user_id=str(user.pk), details=details)
    mailing.send_or_log(
        _("The second factor of your account was removed"),
        _(
            "Our help desk removed it, and every login was ended. If you did not ask for that, tell the help desk at"
            " once."
        ),
        address_of(user),
    )


def cancel(user: Any) -> None:
    """Forget what was asked for this user."""
    account_tokens.end(user, PURPOSE)


def _require_may(by: Any, user: Any) -> None:
    """Raise `LoginRefused` unless `by` may reset the factor of `user`."""
    require_user(user)
    if by is not None:
        require_user(by)
    fault = factor_reset_rules.fault(by, user)
    if fault:
        raise LoginRefused(fault)
