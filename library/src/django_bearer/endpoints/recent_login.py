"""What an attacker with a short-lived token must not do for good wants a recent login: `STEP_UP_MAX_AGE`."""

from __future__ import annotations

from django.http import HttpRequest

from .. import conf
from ..accounts.login_strength import LoginRequirement, unmet
from ..accounts.principal import Principal
from ..http import authentication
from .base import unwrap


def require_recent_login(request: HttpRequest) -> Principal:
    """The principal of a request whose user logged in or stepped up a short while ago (ASVS 7.5.1).

    Raises `ReauthenticationRequired`, `SessionRequired` for an API token, and what authentication refuses.
    """
    principal: Principal = unwrap(authentication.require_session(request))
    unwrap(unmet(LoginRequirement(conf.current().step_up_max_age), principal))
    return principal
