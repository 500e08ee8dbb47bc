"""Completing a recovery: a new password, the end of everything that the old one opened, and no login."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from .. import events
from ..database.conflicts import retry_on_conflict
from ..errors import InvalidRecoveryLink, PasswordRejected
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
    user = found.user
    if not links.take(found):
        raise InvalidRecoveryLink("the link was used meanwhile")
    user.set_password(password)
    retry_on_conflict(lambda: user.save(update_fields=["password"]))
    revoke_user(user, "password_recovered")
    events.publish(events.EventKind.PASSWORD_RECOVERED, user_id=str(user.pk))
