"""Limits on Django's form for a new password: it asks for the current one, and compares it without `authenticate()`.

An attacker with an open session, and without the password, could guess it there. The form knows no request, so an
attempt counts for the account, as one by `client.login()` does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.views.decorators.debug import sensitive_variables

from ..rate_limits import rules
from . import login_limits
from .limited_authenticate import AuthenticateCall

_COUNTED = "_django_bearer_counted"


def connect() -> None:
    """Count the attempts at `PasswordChangeForm`, and at the admin's form, which derives from it. Done once."""
    from django.contrib.auth.forms import PasswordChangeForm

    form: Any = PasswordChangeForm
    if not hasattr(form.clean_old_password, _COUNTED):
        form.clean_old_password = _limited(form.clean_old_password)


def _limited(clean: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(clean)
    @sensitive_variables()
    def clean_old_password(form: Any) -> Any:
        name = str(form.user.get_username())
        attempt = AuthenticateCall(None, (name,))
        try:
            attempt.count()
        except PermissionDenied:  # which is answered as a wrong password is
            raise ValidationError(form.error_messages["password_incorrect"], code="password_incorrect") from None
        try:
            found = clean(form)
        except ValidationError:
            login_limits.tell_failure("", "", rules.canonical(name))
            raise
        attempt.succeeded(form.user)
        return found

    setattr(clean_old_password, _COUNTED, True)
    return clean_old_password
