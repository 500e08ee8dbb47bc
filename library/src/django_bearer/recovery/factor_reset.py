"""Resetting a lost second factor by a help desk: a second person agrees or days pass, and the owner is told first.

Whoever talks a single person at the help desk into a reset gets no account by it (NIST 800-63B-4 section 4.2).
"""

from __future__ import annotations

from typing import Any

from django.core.mail import send_mail
from django.utils.translation import gettext as _

from .. import conf, events
from ..accounts import account_tokens, mfa_required, second_factor
from ..accounts.credential_owner import require_user
from ..database import aliases, issuers
from ..errors import InvalidRequest, LoginRefused
from ..models import Session
from ..primitives.clock import SECOND
from ..sessions.revocation import revoke_user
from .links import address_of

PURPOSE = "factor_reset"
KEPT = 30 * 86_400
"""Seconds after which a request is forgotten."""


def request(user: Any, by: Any, issuer: str) -> int:
    """Ask for a reset in the name of `by`; when it may be done without a second person, in seconds since 1970.

    The owner is told by mail before anything is stored. A request ends those of before.
    """
    _require_staff(by, user)
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
    send_mail(
        _("The second factor of your account is to be removed"), body % {"hours": delay // 3600}, None, [address]
    )
    account_tokens.end(user, PURPOSE)
    due_at = now + delay * SECOND
    details = {"by": str(by.pk), "asked_at": now, "due_at": due_at}
    account_tokens.make(user, issuer, PURPOSE, "", lifetime=KEPT, details=details)
    about = {"by": str(by.pk)}
    events.publish(events.EventKind.FACTOR_RESET_REQUESTED, user_id=str(user.pk), details=about)
    return due_at // SECOND


def complete(user: Any, by: Any, issuer: str) -> None:
    """Remove the factors of a user for whom a reset was asked: `by` is a second person, or the time is over.

    Every session and API token ends. A factor that is required is enrolled with a code then, as if no time to enrol
    were left. Raises `LoginRefused` where nobody asked, it is too early, or the owner has shown the factor since.
    """
    _require_staff(by, user)
    found = account_tokens.look(user, issuer, PURPOSE, "")
    if found is None:
        raise LoginRefused("nobody asked for a reset of this user, or its credentials were changed since")
    if str(by.pk) == found["by"] and issuers.now() < found["due_at"]:
        raise LoginRefused("a reset needs a second person until its time is over")
    since = Session.objects.using(aliases.sessions_alias()).filter(user_id=user.pk, created_at__gte=found["asked_at"])
    if any(second_factor.MULTIPLE in amr.split() for amr in since.values_list("amr", flat=True)):
        account_tokens.end(user, PURPOSE)
        raise LoginRefused("the owner has logged in with the second factor since the reset was asked for")
    remove = getattr(conf.current().second_factor, "remove_factors", None)
    if not callable(remove):
        raise InvalidRequest("BEARER['SECOND_FACTOR'] has no remove_factors(user)")
    if account_tokens.take(user, issuer, PURPOSE, "") is None:
        raise LoginRefused("another request has just done it")
    second_factor.asked(lambda: remove(user), "remove_factors")
    mfa_required.end_time(user)
    revoke_user(user, "factors_changed")
    details = {"by": str(by.pk), "asked_by": str(found["by"])}
    events.publish(events.EventKind.FACTOR_REMOVED, user_id=str(user.pk), details=details)
    send_mail(
        _("The second factor of your account was removed"),
        _(
            "Our help desk removed it, and every login was ended. If you did not ask for that, tell the help desk at"
            " once."
        ),
        None,
        [address_of(user)],
    )


def cancel(user: Any) -> None:
    """Forget what was asked for this user."""
    account_tokens.end(user, PURPOSE)


def _require_staff(by: Any, user: Any) -> None:
    """Raise `LoginRefused` unless `by` is an active member of staff and somebody else than the user."""
    require_user(by)
    require_user(user)
    active = getattr(by, "is_active", True) and (getattr(by, "is_staff", False) or getattr(by, "is_superuser", False))
    if not active or by.pk == user.pk:
        raise LoginRefused("only active staff resets a factor, and nobody their own")
