"""Refresh: trade a refresh token for the next one and a new access token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..errors import Throttled
from ..http import source
from ..http.challenge import Answer
from ..http.guard import refuse_plain_http
from ..sessions.handing_out import IssuedTokens
from ..sessions.rotation import MAX_RETRY_KEY, RefreshRequest, prove, rotate
from ..throttling import limiter, policy
from ..tokens.refresh import MAX_LENGTH
from .caller import caller
from .door import door, resource, scope, text, unwrap
from .tokens import tokens_answer


@sensitive_variables()
def refresh(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """The next tokens. The caller learns only `session_ended` or `retry`; the rest is in the debug log.

    `retry_key` is a random text the client stored before sending: with it a lost answer can be asked for again.
    """
    token = text(members, "refresh_token", MAX_LENGTH, required=True)
    unwrap(refuse_plain_http(request, refresh_token=token))
    address = source.prefix(source.client(request.META, conf.current().trusted_proxies))
    asked = RefreshRequest(
        token=token,
        client_id=caller(request, members).id,
        retry_key=text(members, "retry_key", MAX_RETRY_KEY),
        scope=scope(members),
        resource=resource(members),
        context=f"{address} {request.META.get('HTTP_USER_AGENT', '')}",
    )
    outcome = rotate(asked, request=request)
    if not (isinstance(outcome, IssuedTokens) and outcome.refresh_token):
        _count(token, address, conf.issuer(request))
    return tokens_answer(unwrap(outcome))


@sensitive_variables()
def _count(token: str, address: str, issuer: str) -> None:
    """Count what handed out no refresh token, for a token that is ours.

    A rotation needs no count: Hold spaces them out. A successor handed out again must not be held back: told to wait,
    an honest client would ask after the grace, and be ended.
    """
    proven = prove(token, issuer)
    wait = limiter.admit(policy.refresh(issuer, address, str(proven.session_id))) if proven is not None else 0
    if wait:
        raise Throttled("a refresh bucket is full", retry_after=wait)


refresh_view = door(refresh)
