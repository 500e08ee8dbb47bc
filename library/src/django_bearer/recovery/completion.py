"""Completing a recovery: a new password, the end of everything that the old one opened, and no login."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from .. import events
from ..database import aliases
from ..database.conflicts import retry_on_conflict
from ..errors import Failure, InvalidRecoveryLink, PasswordRejected
from ..sessions.revocation import revoke_user
from . import links
from .links import Recovery


@sensitive_variables()
def require_good(password: str, found: Recovery) -> None:
    """Raise `PasswordRejected` where the project's validators refuse the password; the link stays good."""
    try:
        validate_password(password, found.user)
    except ValidationError as error:
        refused = PasswordRejected("AUTH_PASSWORD_VALIDATORS refused the password")
        refused.members = {"message": " ".join(error.messages)}
        raise refused from None


@sensitive_variables()
def set_password(found: Recovery, password: str) -> None:
    """Set it, and end the account's sessions, API tokens, known devices and links. Nobody is logged in (ASVS 6.4.3).

    Raises `InvalidRecoveryLink` where the link was used meanwhile.
    """
    now = links.look(found.digest, found.issuer)  # once more: checking a code may have taken a while
    if isinstance(now, Failure):
        raise now.exception()
    user, before = now.user, now.user.password
    if not links.take(found):
        raise InvalidRecoveryLink("the link was used meanwhile")
    user.set_password(password)
    if not retry_on_conflict(lambda: _save(user, before)):
        raise InvalidRecoveryLink("the password was changed meanwhile")
    revoke_user(user, "password_recovered")
    events.publish(events.EventKind.PASSWORD_RECOVERED, user_id=str(user.pk))


def _save(user: Any, before: str) -> bool:
    """Save the user's new password; False where the stored one is not `before` any more, which then stays."""
    rows = type(user)._base_manager.using(aliases.of(user)).filter(pk=user.pk, password=before)
    with transaction.atomic(using=rows.db):
        if not rows.update(password=before):  # which also keeps everybody else waiting
            return False
        user.save(update_fields=["password"])
    return True
