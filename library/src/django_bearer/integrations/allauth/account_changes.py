"""Who may manage an account: whoever logged in a short while ago, and showed the password or stepped up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ...accounts.account_changes import Change
from ...endpoints.account_owner import require_proof
from ...endpoints.base import text, unwrap
from ...endpoints.recent_login import require_recent_login
from ...http import authentication, password_login
from .exchange import Exchange

PLAIN_READS = frozenset({"authenticators", "manage_email", "manage_phone", "manage_providers"})
"""Routes whose GET shows no secret and begins nothing. Any other request to a route of an account changes it."""
CHANGE_PASSWORD = "change_password"


@sensitive_variables()
def require_owner(request: HttpRequest, current: Exchange, name: str, members: Mapping[str, Any]) -> None:
    """Refuse what changes an account by the rule of our own endpoints that change one: `accounts.account_changes`.

    An access token of a fresh login can be stolen, so the account's `password` goes along, or the session was stepped
    up since it began. The current password that a new one takes is counted as at a login.
    Raises `NotAuthenticated`, `SessionRequired`, `ReauthenticationRequired`, `InsufficientScope`, `PasswordRequired`
    and `RateLimited`.
    """
    reading = request.method in ("GET", "HEAD")
    if reading and name in PLAIN_READS:
        unwrap(authentication.require_session(request))
        return
    principal = require_recent_login(request)
    change = Change.PASSWORD if name == CHANGE_PASSWORD else Change.BEGIN if reading else Change.ACCOUNT
    member = "current_password" if change is Change.PASSWORD else "password"
    given = "" if reading else text(members, member, password_login.MAX_PASSWORD)
    require_proof(request, principal, change, given, current.shown)
