"""Logout: end one session by any token of it, or all sessions of the user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.principal import Principal
from ..accounts.request_policy import without_policy
from ..conf.clients import Client
from ..errors import InvalidRequest, SessionRequired
from ..http import authentication
from ..http.challenge import NO_STORE, Answer
from ..http.public_views import checks_credentials
from ..sessions import revocation
from ..sessions.issued_refresh_tokens import prove
from ..tokens.refresh_token import MAX_LENGTH
from . import browser
from .base import endpoint, no_body, text, unwrap
from .calling_client import caller
from .recent_login import require_recent_login

DONE = Answer(204, None, NO_STORE)


@sensitive_variables()
def logout(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """End the session of the refresh token in the body (of any generation), or of the access token in the header.

    Answers 204 whatever became of the token, as RFC 7009 section 2.2 does: the client wants it revoked, and it is. A
    receiver that fails is logged by Django, and keeps nobody logged in.
    """
    if browser.is_browser(request):
        client = caller(request, members)
        if browser.sessions(request, client.id) or authentication.authenticate_exactly(request) is None:
            return _from_page(request, client)
    token = text(members, "refresh_token", MAX_LENGTH)
    unwrap(authentication.reject_plain_http(request, refresh_token=token))
    outcome = without_policy(authentication.authenticate_exactly(request))
    if not token and outcome is None:
        raise InvalidRequest("send refresh_token in the body, or the access token in the Authorization header")
    proven = prove(token, conf.issuer(request)) if token else None
    if proven is not None:
        revocation.end_session(proven.session_id, "logout")
    elif not token or isinstance(outcome, Principal):
        principal: Principal = unwrap(outcome)
        if principal.session_id is None:
            raise SessionRequired("an API token was sent: revoke it, since no session belongs to it")
        revocation.end_session(principal.session_id, "logout", str(principal.user.pk))
        user_logged_out.send_robust(sender=type(principal.user), request=request, user=principal.user)
    return browser.ended(request, DONE)


@sensitive_variables()
def _from_page(request: HttpRequest, client: Client) -> Answer:
    """End what this browser's cookies hold, and clear them, with what lies in its cache."""
    browser.check(request, client)
    found = browser.sessions(request, client.id)
    unwrap(authentication.reject_plain_http(request, refresh_token=browser.newest(request, client.id)))
    for _, token in found:
        proven = prove(token, conf.issuer(request))
        if proven is not None:
            revocation.end_session(proven.session_id, "logout")
    return browser.ended(request, browser.clearing(DONE, [name for name, _ in found]))


def logout_everywhere(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """End every session of the user whose access token this request carries, and who logged in or stepped up lately.

    An attacker with a stolen token must not log its owner out of every device.
    """
    principal = require_recent_login(request)
    revocation.revoke_user(principal.user)
    user_logged_out.send_robust(sender=type(principal.user), request=request, user=principal.user)
    found = browser.sessions(request, principal.client_id)
    browser.end(request, found)
    return browser.ended(request, browser.clearing(DONE, [name for name, _ in found]))


logout_view = endpoint(logout)
logout_everywhere_view = checks_credentials(endpoint(logout_everywhere, no_body))
