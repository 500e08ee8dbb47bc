"""Verify: whether an access token would be accepted here, by the same checks as for a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..http import authentication, client_address
from ..http.challenge import NO_STORE, Answer
from ..primitives import clock
from ..rate_limits import rules
from ..tokens.jws import MAX_LENGTH
from .base import check_limits, endpoint, text, unwrap


@sensitive_variables()
def verify(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """200 and the seconds a token has left, or 401 as any view would answer it.

    The token is in the body, so a client may ask about one it does not want to use yet. Only tokens for the server's
    own audience are good: what is meant for another API is asked about by introspection.
    """
    token = text(members, "token", MAX_LENGTH, required=True)
    unwrap(authentication.reject_plain_http(request, access_token=token))
    check_limits(rules.verification(client_address.of(request)))
    principal = unwrap(authentication.verify_token(token, request))
    left = max(0, principal.expires_at() - clock.now() // clock.SECOND)
    return Answer(200, {"active": True, "expires_in": left}, NO_STORE)


verify_view = endpoint(verify)
