"""Who may manage an account: whoever logged in a short while ago, and on a page showed the password or stepped up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ...endpoints.base import text, unwrap
from ...endpoints.recent_login import require_recent_login
from ...errors import PasswordRequired
from ...http import authentication, password_login
from ...models import Session
from ...tokens.refresh_token import TokenDelivery
from .exchange import Exchange

PLAIN_READS = frozenset({"authenticators", "manage_email", "manage_phone", "manage_providers"})
"""Routes whose GET shows no secret and begins nothing. Any other request to a route of an account changes it."""
CHANGE_PASSWORD = "change_password"


@sensitive_variables()
def require_owner(request: HttpRequest, current: Exchange, name: str, members: Mapping[str, Any]) -> None:
    """Refuse what changes an account unless the login is as recent as for our own endpoints that change one.

    Script in a page has the access token of a fresh login, so a page sends the account's `password` along, or its
    session was stepped up since it began. The current password that a new one takes is counted as at a login.
    Raises `NotAuthenticated`, `SessionRequired`, `ReauthenticationRequired`, `PasswordRequired` and `RateLimited`.
    """
    if request.method in ("GET", "HEAD") and name in PLAIN_READS:
        unwrap(authentication.require_session(request))
        return
    principal = require_recent_login(request)
    user = principal.user
    if name == CHANGE_PASSWORD and user.has_usable_password():
        given = text(members, "current_password", password_login.MAX_PASSWORD)
    elif current.delivery is TokenDelivery.COOKIE and not was_stepped_up(principal.session()):
        given = text(members, "password", password_login.MAX_PASSWORD)
    else:
        return
    if not given and request.method in ("GET", "HEAD"):
        raise PasswordRequired("a page steps up before it asks for this: it carries no password")
    password_login.require_password(request, user, given, current.shown)


def was_stepped_up(session: Session) -> bool:
    """Whether the session's user has proved once more, since it began, who they are. Pure."""
    return session.authenticated_at > session.created_at
