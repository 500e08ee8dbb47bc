"""Trades of keys: an old opaque key becomes a session of ours, and stays good, since several devices may have it.

Each trade is counted and limited by the key, whose owner alone can use the limit up, and by address.
"""

from __future__ import annotations

import hashlib

from django.db import router, transaction
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_bearer import IssuedTokens, LegacyLogin, Session, check_rate_limit, issue_session
from django_bearer.errors import InvalidToken, OriginNotAllowed

from . import account_state, clock, traded_sessions, usage
from .opaque_tokens import OpaqueAuthenticator
from .settings import MAX_DAYS
from .trades import is_browser

PURPOSE = "legacy_key_trade"
FAR = 2 * MAX_DAYS * 86_400
"""Seconds after which a key without an end is taken to end: a session's own lifetime is shorter."""


@sensitive_variables()
def trade(request: HttpRequest, login: LegacyLogin, key: str, given: OpaqueAuthenticator) -> IssuedTokens:
    """A session for whoever has this key, which `login` says is good. It ends when the key does, at the latest, and
    at its next refresh once the key was logged out.

    Raises `RateLimited`, `OriginNotAllowed` for a page, `InvalidToken` where the key has ended meanwhile, and what
    `django_bearer.issue_session` raises.
    """
    if is_browser(request):
        raise OriginNotAllowed("a page logs in: script that can read its key must not get a session that lasts")
    digest = hashlib.sha256(key.encode()).hexdigest()
    check_rate_limit(PURPOSE, f"{login.source}:{digest}", request=request)
    entry = given.entry
    with transaction.atomic(using=router.db_for_write(Session)):
        row = given.stored(key)
        if row is None:
            raise InvalidToken("the key has ended meanwhile")
        issued = issue_session(
            login.user,
            request=request,
            scope=entry.scopes,
            client_id=entry.client_id,
            carried_until=row.expires_at or clock.seconds() + FAR,
            extras={"traded": login.source},
        )
        refused = account_state.refusal(login.user)
        if refused:  # a logout everywhere meanwhile: the session would be of after it
            raise InvalidToken(refused)
        traded_sessions.bind(issued.session_id, login.source, given.reference(key))
    usage.note(login.source, "trade", str(request.META.get("HTTP_USER_AGENT", "")))
    return issued
