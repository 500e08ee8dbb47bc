"""Django's `login()` while staff acts for a user: refused, since its session says of nobody that they act.

It would have no end with the staff's own session, and would open what only the user may do.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in

from ..accounts.impersonation_rules import refuse_impersonated
from .login_limits import http_request


def connect() -> None:
    """Listen for logins. Done once a process."""
    user_logged_in.connect(_logged_in, dispatch_uid="django_bearer.impersonated_login")


def _logged_in(sender: Any, request: Any, **_: Any) -> None:
    """Raise `ImpersonationRefused` for the login of a request that staff makes for a user, and undo it."""
    plain = http_request(request)
    if plain is None:
        return
    asked = (refuse_impersonated(getattr(one, "auth", None)) for one in (plain, request))
    refused = next((one for one in asked if one is not None), None)
    if refused is None:
        return
    session = getattr(plain, "session", None)
    if session is not None and SESSION_KEY in session:
        session.flush()
    raise refused.exception()
