"""A ticket for one place that cannot send a header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..accounts.principal import Principal
from ..http import authentication
from ..http.challenge import NO_STORE, Answer
from ..http.public_views import checks_credentials
from ..http.ticket_issue import issue_ticket
from ..sessions.tickets import MAX_PATH, MAX_PURPOSE
from .base import endpoint, scope, text, unwrap


@sensitive_variables()
def create_ticket(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Make a ticket for a purpose and a path, with at most the scope of the access token that asks."""
    principal: Principal = unwrap(authentication.require_session(request))
    made = issue_ticket(
        principal,
        purpose=text(members, "purpose", MAX_PURPOSE, required=True),
        path=text(members, "path", MAX_PATH, required=True),
        scope=scope(members),
    )
    body = {"ticket": made.ticket, "purpose": made.purpose, "path": made.path, "expires_in": made.expires_in}
    return Answer(201, body, NO_STORE)


tickets_view = checks_credentials(endpoint(create_ticket))
