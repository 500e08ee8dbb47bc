"""Impersonate: staff ask for an access token with which they act for a user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts import lookup
from ..accounts.account_changes import Change
from ..accounts.principal import Principal
from ..conf import clients
from ..errors import LoginRefused
from ..http import authentication, password_login
from ..http.challenge import Answer
from ..http.public_views import checks_credentials
from ..rate_limits import rules
from ..sessions.impersonation import impersonate, require_actor
from ..tokens import known_device
from . import browser
from .account_owner import require_proof
from .base import check_limits, endpoint, scope, text, unwrap
from .token_response import tokens_answer

MAX_USER = 100


@sensitive_variables()
def impersonate_user(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """An access token for a user, named by primary key. A user who does not exist is refused as staff is.

    Whoever may act for nobody is refused before the user is looked for, and learns nothing about the key. In a page
    it takes the password: script there has the access token, and must not take away the tokens of other users.
    """
    principal: Principal = unwrap(authentication.require_session(request))
    key = text(members, "user", MAX_USER, required=True)
    password = text(members, "password", password_login.MAX_PASSWORD)
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    require_actor(principal)
    if browser.is_browser(request):
        browser.check(request, unwrap(clients.find(conf.current().clients, principal.client_id)))
    require_proof(request, principal, Change.LASTING, password, shown)
    check_limits(rules.impersonations(str(principal.user.pk)))
    user = lookup.user_of_key(key)
    if user is None:
        raise LoginRefused("there is no such active user")
    return tokens_answer(impersonate(principal, user, scope=scope(members), request=request))


impersonate_view = checks_credentials(endpoint(impersonate_user))
