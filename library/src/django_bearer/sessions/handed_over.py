"""A principal handed to a background task, and checked again there: session, user, revocations, scopes.

What is handed over is no credential: no endpoint takes it. It says which token the work was asked with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import conf
from ..accounts import request_policy
from ..accounts.principal import Principal
from ..database.session_read import digests
from ..errors import Failure, InvalidClaims, InvalidToken, MalformedToken, SessionRequired
from ..primitives.clock import SECOND
from ..tokens.access_claims import LAST_TIMESTAMP, parse
from .verification import Verified, authenticate_verified

MAX_AGE = 86_400


def principal_reference(principal: Principal) -> dict[str, Any]:
    """Return what a background task needs to act for this principal, as JSON values.

    It opens nothing by itself, and no endpoint takes it. Whoever can write to the queue of your tasks can write one.

    Args:
        principal: Who asks for the work, as `request.auth`. It must come from an access token.

    Returns:
        A mapping for `principal_from_reference`.

    Raises:
        SessionRequired: The principal comes from no access token.
    """
    if principal.claims is None or principal.session_id is None or principal.by_ticket:
        raise SessionRequired("work is handed over by an access token; this is another credential")
    return {"claims": replace(principal.claims, scope=principal.scopes).payload(), "kid": principal.kid}


def principal_from_reference(
    reference: Mapping[str, Any], *, max_age: int = MAX_AGE, request: Any = None
) -> Principal:
    """Return the principal that a task acts for, as it is now. Call it when the task begins.

    The access token may have expired since: what counts is that nothing has ended it. A step-up of its session ends
    it, as it does each earlier token.

    Args:
        reference: A mapping, as `principal_reference` returned it.
        max_age: Seconds for which a task may wait since the access token was issued.
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        The principal, with the scopes of the token that asked, as far as its session still has them.

    Raises:
        InvalidToken: The session, user, key or token has ended, or the reference is malformed or too old.
        RequestRefused: `BEARER["REQUEST_POLICY"]` refuses.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: It cannot be told now, or the policy failed.
    """
    try:
        claims, kid = parse(json.dumps(reference["claims"]).encode()), str(reference["kid"])
    except (InvalidClaims, MalformedToken, KeyError, TypeError, ValueError) as error:
        raise InvalidToken(f"the reference is malformed: {type(error).__name__}") from None
    lasting = Verified(replace(claims, exp=LAST_TIMESTAMP), kid, digests(claims.sid, claims.jti, kid))
    found = authenticate_verified(lasting, issuer=conf.issuer(request), audiences=frozenset((claims.aud,)))
    if isinstance(found, Principal) and (found.checked_at or 0) >= (claims.iat + max_age) * SECOND:
        found = Failure(InvalidToken, "the reference is too old")
    if isinstance(found, Principal):
        found = request_policy.judged(replace(found, claims=claims))
    if isinstance(found, Failure):
        raise found.exception()
    return found
