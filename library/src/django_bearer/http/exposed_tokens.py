"""Tokens that plain HTTP has exposed: found in whatever a request holds, also a refused one, and revoked."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts import remembered_devices
from ..accounts.principal import Principal
from ..api_tokens import issue_and_revoke
from ..database import aliases
from ..errors import Failure, UnknownIssuer
from ..recovery import email_undo, links
from ..sessions import handovers, limited_logins, revocation, tickets
from ..sessions.issued_refresh_tokens import prove
from ..sessions.verification import authenticate
from ..tokens import (
    api_token,
    handover_code,
    limited_token,
    recovery_token,
    refresh_token,
    remembered_device,
    ticket,
)
from ..tokens.opaque_format import FAMILY
from . import https

ENDED_ALONE = (
    (limited_logins.TOKENS, "login"),
    (links.TOKENS, "recovery"),
    (remembered_devices.TOKENS, "device"),
    (email_undo.LINKS, "undo"),
    (handovers.TOKENS, "handover"),
)
"""Tokens that cost nothing but themselves, and what the event calls them."""
NOTHING = "nothing"
FLAGGED = "nothing, an API token was flagged"
TOO_MANY = "nothing, too many revocations within a minute"
MOST = 4
"""Tokens of one request that are looked at."""
_KINDS = "|".join(
    one.KIND
    for one in (refresh_token, api_token, limited_token, recovery_token, remembered_device, ticket, handover_code)
)
_SHAPE = re.compile(
    rf"{FAMILY}_(?:{_KINDS})_[A-Za-z0-9_-]+"
    r"|eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
    re.ASCII,
)


def tokens_in(text: str) -> list[str]:
    """What looks like a token of ours, at most `MOST` of them, each once. They are not yet verified."""
    found: dict[str, None] = {}
    for match in _SHAPE.finditer(text):
        found[match[0]] = None
        if len(found) == MOST:
            break
    return list(found)


@sensitive_variables()
def revoke(request: HttpRequest, access_token: str, refresh_token: str, one_time_token: str) -> str:
    """Revoke what was exposed: an access token costs its jti, a refresh token its session, and a one-time token, of a
    login that lacks a step, of a recovery or of a remembered device, itself. Says which.
    """
    try:
        issuer = conf.issuer(request)
    except UnknownIssuer:
        return NOTHING
    if one_time_token and (session := tickets.session_of(one_time_token)):
        if not https.state.may_revoke(f"{aliases.accounts()}/{revocation.user_of_live_session(session)}"):
            return TOO_MANY
        tickets.end(one_time_token)
        return "ticket"
    for kind, what in ENDED_ALONE:
        if one_time_token and (user := kind.user_of(one_time_token, issuer)):
            if not https.state.may_revoke(f"{aliases.accounts()}/{user}"):
                return TOO_MANY
            kind.end(one_time_token)
            return what
    proven = prove(refresh_token, issuer) if refresh_token else None
    principal = authenticate(access_token, issuer=issuer, audiences=conf.audiences(request)) if access_token else None
    if proven is None and not isinstance(principal, Principal):
        return NOTHING
    if proven is None and isinstance(principal, Principal) and principal.api_token is not None:
        # Before the limit of revocations: a careless machine must not use it up.
        return FLAGGED if issue_and_revoke.flag(principal.api_token) else NOTHING
    user = _user_of(principal) if proven is None else revocation.user_of_live_session(proven.session_id)
    if not user:
        return NOTHING  # revoked already: repeating it must not use up the limit
    if not https.state.may_revoke(f"{aliases.accounts()}/{user}"):
        return TOO_MANY
    if proven is not None:
        revocation.end_session(proven.session_id, "plain_http")
        return "session"
    if isinstance(principal, Principal) and principal.claims is not None:
        revocation.revoke_token(principal.claims, "plain_http")
    return "token"


def _user_of(principal: Principal | Failure | None) -> str:
    return str(principal.user.pk) if isinstance(principal, Principal) else ""
