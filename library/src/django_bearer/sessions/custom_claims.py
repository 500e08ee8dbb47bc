"""Claims that a project adds to access tokens: asked for before anything is written, and held to what JSON can say.

A function of the project that fails, or returns what no token can carry, costs neither a session nor a refresh token:
the request is answered 503, nothing is written, and the log names the fault.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from .. import conf
from ..accounts.login_policy import LoginAttempt
from ..errors import MalformedToken, TemporarilyUnavailable
from ..primitives.encoding import strict_json
from ..tokens.access_claims import RESERVED

logger = logging.getLogger("django_bearer.security")

LOGIN_CLAIMS = "login_claims"
"""In the extras of a session: what `LOGIN_CLAIMS` returned when it began."""
MAX_BYTES = 2048
"""Custom claims travel with every request; more belongs in an endpoint."""


def custom_claims(user: Any, session_id: uuid.UUID) -> Mapping[str, Any]:
    """What `BEARER["EXTRA_CLAIMS"]` adds for a user and session, as plain JSON values; nothing where it is not set.

    Dates, times, `Decimal` and `UUID` become texts as Django's JSON encoder writes them. Raises
    `TemporarilyUnavailable`, after a line in the log, when the function raises or returns what cannot be signed.
    """
    return _asked("EXTRA_CLAIMS", conf.current().extra_claims, user, session_id)


def with_login_claims(
    extras: Mapping[str, Any], attempt: LoginAttempt, fixed: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The extras of a session that begins, with the claims that `LOGIN_CLAIMS` fixes for all of its access tokens.

    `fixed` are those of an earlier session that this one goes on with: what was chosen there stays chosen.
    Whoever begins the session cannot name such claims by its extras. Raises as `custom_claims` does.
    """
    found = _asked("LOGIN_CLAIMS", conf.current().login_claims, attempt) if fixed is None else fixed
    others = {name: value for name, value in extras.items() if name != LOGIN_CLAIMS}
    return {**others, LOGIN_CLAIMS: found} if found else others


def login_claims(extras: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The claims that were fixed when the session of these extras began."""
    found: Mapping[str, Any] = (extras or {}).get(LOGIN_CLAIMS) or {}
    return found


def _asked(setting: str, adds: Callable[..., Any] | None, *arguments: Any) -> dict[str, Any]:
    if adds is None:
        return {}
    try:
        members = dict(adds(*arguments))
    except Exception as error:
        # The traceback is the project's own. Without it nobody could tell which of its lines failed.
        logger.error('BEARER["%s"] raised %s; no token was issued', setting, type(error).__name__, exc_info=error)
        raise TemporarilyUnavailable(f'BEARER["{setting}"] raised {type(error).__name__}; see the log') from error
    fault, plain = _plain(members)
    if fault:
        logger.error('BEARER["%s"] %s; no token was issued', setting, fault)
        raise TemporarilyUnavailable(f'BEARER["{setting}"] {fault}')
    return plain


def _plain(members: Mapping[Any, Any]) -> tuple[str, dict[str, Any]]:
    """What is wrong with these claims, in words that hold no value; and the claims as they will be read again."""
    text = _encoded(members)
    if text is None:
        return _unencodable(members), {}
    if len(text) > MAX_BYTES:
        return f"returned more than {MAX_BYTES} bytes of JSON", {}
    try:
        plain = strict_json(text.encode())
    except MalformedToken:
        return "returned what a strict reader of JSON refuses: two equal names, half a character, deep nesting", {}
    taken = sorted(RESERVED.intersection(plain))
    if taken:
        return f"returned the reserved claim {taken[0]}; choose another name", {}
    return "", plain


def _encoded(members: Mapping[Any, Any]) -> str | None:
    try:
        return json.dumps(members, cls=DjangoJSONEncoder, allow_nan=False)
    except Exception:
        return None  # a value may be of any type, and its own code runs while it is encoded


def _unencodable(members: Mapping[Any, Any]) -> str:
    for name, value in members.items():
        if _encoded({name: value}) is None:
            return f"returned claim {str(name)[:100]!r} with a {type(value).__name__} that JSON cannot hold"
    return "returned claims that JSON cannot hold"
