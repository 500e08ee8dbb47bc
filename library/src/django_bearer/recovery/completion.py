"""Completing a recovery: a new password, the end of everything that the old one opened, and no login."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from .. import events
from ..accounts import second_factor
from ..accounts.password_saving import rejected, save_password
from ..database import aliases
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import one_transaction
from ..errors import Failure, InvalidRecoveryLink
from ..sessions.revocation import end_all_of, tell_of_revoked_user
from . import links
from .links import Recovery

CAUSE = "password_recovered"


@sensitive_variables()
def require_good(password: str, found: Recovery) -> None:
    """Raise `PasswordRejected` where the project's validators refuse the password; the link stays good."""
    require_good_password(password, found.user)


@sensitive_variables()
def require_good_password(password: str, user: Any) -> None:
    """Raise `PasswordRejected` where the project's validators refuse the password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise rejected(error, "AUTH_PASSWORD_VALIDATORS refused the password") from None


@sensitive_variables()
def set_password(found: Recovery, password: str) -> None:
    """Set it, and end the account's sessions, API tokens, known devices and links. Nobody is logged in (ASVS 6.4.3).

    All in one transaction: what fails leaves the link as it was. Raises `InvalidRecoveryLink` where the link was used
    meanwhile, or the account is not as it was when the link was looked at.
    """
    now: Recovery | Failure = found
    if found.enrolled:
        now = links.look(found.digest, found.issuer)  # once more: checking a code may have taken a while
    elif second_factor.is_enrolled(found.user):
        now = Failure(InvalidRecoveryLink, "a second factor was added meanwhile")
    if isinstance(now, Failure):
        raise now.exception()
    user, before = now.user, now.user.password
    user.set_password(password)
    ended = retry_on_conflict(lambda: _write(found, user, before))
    tell_of_revoked_user(user, CAUSE, ended)
    events.publish(events.EventKind.PASSWORD_RECOVERED, user_id=str(user.pk))


def _write(found: Recovery, user: Any, before: str) -> int:
    """Use the link up, end everything, and save the password; how many sessions ended."""
    with one_transaction(aliases.sessions_alias()):
        if not links.take(found):
            raise InvalidRecoveryLink("the link was used meanwhile")
        _, ended = end_all_of(user, CAUSE)
        if not _save(user, before):
            raise InvalidRecoveryLink("the password, the address or the user was changed meanwhile")
    return ended


def _save(user: Any, before: str) -> bool:
    """Save the user's new password; False where the stored user is not the one of before any more."""
    rows = type(user)._base_manager.using(aliases.of(user)).filter(pk=user.pk, password=before)
    same: dict[str, Any] = {user.get_email_field_name(): links.address_of(user)}
    if any(field.name == "is_active" for field in user._meta.get_fields()):
        same["is_active"] = True
    with transaction.atomic(using=rows.db):
        if not rows.filter(**same).update(password=before):  # which also keeps everybody else waiting
            return False
        save_password(user)
    return True
