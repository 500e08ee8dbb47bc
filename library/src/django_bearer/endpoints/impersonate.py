"""Impersonate: staff ask for an access token with which they act for a user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..accounts import lookup
from ..accounts.principal import Principal
from ..errors import LoginRefused
from ..http import authentication
from ..http.challenge import Answer
from ..http.public_views import checks_credentials
from ..sessions.impersonation import impersonate
from .base import endpoint, scope, text, unwrap
from .token_response import tokens_answer

MAX_USER = 100


@sensitive_variables()
def impersonate_user(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """An access token for a user, named by primary key. A user who does not exist is refused as staff is."""
    principal: Principal = unwrap(authentication.require_session(request))
    user = lookup.user_of_key(text(members, "user", MAX_USER, required=True))
    if user is None:
        raise LoginRefused("there is no such active user")
    return tokens_answer(impersonate(principal, user, scope=scope(members), request=request))


impersonate_view = checks_credentials(endpoint(impersonate_user))
