"""What an attacker with a short-lived token must not do for good wants a recent login: `STEP_UP_MAX_AGE`.

What is the user's own, but harms nobody, wants the user themselves at least, and no staff who acts for them.
"""

from __future__ import annotations

from django.http import HttpRequest

from .. import conf
from ..accounts.impersonation_rules import refuse_impersonated
from ..accounts.login_strength import LoginRequirement, unmet
from ..accounts.principal import Principal
from ..http import authentication
from .base import unwrap


def require_user_themselves(request: HttpRequest) -> Principal:
    """The principal of a request that no staff makes for the user, at any age of the login.

    Raises `ImpersonationRefused`, and what authentication refuses.
    """
    principal: Principal = unwrap(authentication.require_session(request))
    unwrap(refuse_impersonated(principal))
    return principal


def require_recent_login(request: HttpRequest) -> Principal:
    """The principal of a request whose user logged in or stepped up a short while ago (ASVS 7.5.1).

    Raises `ReauthenticationRequired`, `SessionRequired` for an API token, and what authentication refuses.
    """
    principal: Principal = unwrap(authentication.require_session(request))
    unwrap(unmet(LoginRequirement(conf.current().step_up_max_age), principal))
    return principal
