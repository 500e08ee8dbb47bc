"""Saving a new password: what a model or a receiver of the project refuses is a refused password, and no fault."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from ..errors import PasswordRejected


@sensitive_variables()
def rejected(error: ValidationError, reason: str) -> PasswordRejected:
    """The refusal that tells the person what the project said."""
    refused = PasswordRejected(reason)
    refused.members = {"message": " ".join(error.messages)}
    return refused


@sensitive_variables()
def save_password(user: Any) -> None:
    """Save the password of a user. Raises `PasswordRejected` where `save()` or a receiver refuses it by Django's
    `ValidationError`."""
    try:
        user.save(update_fields=["password"])
    except ValidationError as error:
        raise rejected(error, "the user's save(), or a receiver of it, refused the password") from None
