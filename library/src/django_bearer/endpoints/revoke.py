"""Revoke: a client that no longer wants a token says so, and it is refused everywhere (RFC 7009)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.principal import Principal
from ..accounts.request_policy import without_policy
from ..api_tokens import issue_and_revoke
from ..conf.clients import Client
from ..database import aliases
from ..errors import Failure, TemporarilyUnavailable
from ..http import authentication, client_address
from ..http.challenge import NO_STORE, Answer
from ..models import Session
from ..rate_limits import rules
from ..sessions import revocation
from ..sessions.issued_refresh_tokens import prove
from ..sessions.verification import just_expired
from ..tokens.jws import MAX_LENGTH
from .base import check_limits, endpoint, read_form, text, unwrap
from .calling_client import caller

DONE = Answer(200, None, NO_STORE)
CAUSE = "revoked_by_client"


@sensitive_variables()
def revoke(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """End the session of a refresh token, or refuse one access token, if it is the calling client's own.

    Whatever became of it, the answer is 200 and empty (section 2.2): an unknown, expired or foreign token is told
    from a revoked one by nobody. `token_type_hint` is not needed and not read: the kinds of token differ by form.
    """
    token = text(members, "token", MAX_LENGTH, required=True)
    unwrap(authentication.reject_plain_http(request, access_token=token, refresh_token=token))
    client = caller(request, members)
    check_limits(rules.revocation(client_address.of(request)))
    if not _end_session(request, client, token):
        _refuse_access_token(request, client, token)
    return DONE


@sensitive_variables()
def _end_session(request: HttpRequest, client: Client, token: str) -> bool:
    """Whether it was a refresh token of ours; of any generation, since its holder wants the session over."""
    proven = prove(token, conf.issuer(request))
    if proven is None:
        return False
    own = Session.objects.using(aliases.sessions_alias()).filter(pk=proven.session_id, client_id=client.id)
    if own.exists():
        revocation.end_session(proven.session_id, CAUSE)
    return True


@sensitive_variables()
def _refuse_access_token(request: HttpRequest, client: Client, token: str) -> None:
    outcome = without_policy(authentication.verify_token_for_any(token, conf.audiences(request), request))
    if isinstance(outcome, Failure) and outcome.error is TemporarilyUnavailable:
        raise outcome.exception()  # 200 would say that it is revoked, and it may not be (section 2.2.1)
    if isinstance(outcome, Principal) and outcome.api_token is not None and not client.confidential:
        # Anybody who has it may revoke it: it belongs to no client (RFC 7009 section 2.1).
        issue_and_revoke.revoke_api_token(outcome.api_token.id, CAUSE)
    if isinstance(outcome, Principal):
        claims = outcome.claims
    else:
        claims = just_expired(token, issuer=conf.issuer(request), audiences=conf.audiences(request))
    if claims is not None and claims.client_id == client.id:
        revocation.revoke_token(claims, CAUSE)


revoke_view = endpoint(revoke, read_form)
