"""Rotation: trade a refresh token for the next one, exactly once, whoever races.

The decision is the pure table of `rotation_rules`; here are the read before it and the one statement after it.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import login_policy
from ..accounts.login_policy import LoginAttempt, Purpose
from ..accounts.validity import session_invalid_reason
from ..conf import clients
from ..conf.clients import DEFAULT_CLIENT, Client
from ..database import aliases, session_read, signing_keys, unusable_keys
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import durable_transaction, refuse_transaction
from ..database.session_read import SessionRow
from ..database.session_rotation import COLUMNS, STEP_UP_COLUMNS, rotate_row
from ..errors import Failure, HTTPRefusal, InvalidTarget, SessionEnded, TemporarilyUnavailable
from ..keys.keyring import KeyRing
from ..models import Session
from ..primitives import randomness
from ..primitives.redaction import redact_locals
from ..tokens.refresh_token import RefreshToken, TokenDelivery
from . import context_change, context_rules, refresh_checks, remembered_sessions, revocation
from .access_tokens import AccessTokenData
from .context_rules import ContextAction
from .expiry import idle_end
from .issued_refresh_tokens import presented_token
from .rotation_rules import (
    GRACE_PERIOD,
    Decision,
    Grace,
    KeepCurrent,
    Reject,
    RejectReason,
    Reuse,
    Rotate,
    Situation,
    decide,
)
from .token_response import IssuedTokens, access_token_data, token_response

ATTEMPTS = 3
MAX_RETRY_KEY = 200
_SILENT = frozenset({RejectReason.MALFORMED, RejectReason.ENDED, RejectReason.EXPIRED})
_PASSING = frozenset({RejectReason.KEY_GONE, RejectReason.CLOCK, RejectReason.STEPPED_UP})
"""What the same request may overcome shortly: the client is told to ask again."""


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """What a client asks for. `scope` and `resource` are for this access token only, and narrow.

    `retry_key` is the client's own random string, stored before sending, by which a lost answer can be asked for
    again; `context` says roughly where from.
    """

    token: str
    client_id: str = DEFAULT_CLIENT
    delivery: TokenDelivery = TokenDelivery.BODY
    retry_key: str = ""
    scope: frozenset[str] | None = None
    resource: tuple[str, ...] | None = None
    context: str = ""
    seen: Mapping[str, str] | None = None
    """The device in words and the network that ask."""
    count: Callable[[uuid.UUID], None] | None = None
    """Called with the session's id before a refresh is worked that hands out no refresh token; it may raise."""

    def __repr__(self) -> str:
        return f"<RefreshRequest of {self.client_id}>"


@redact_locals
@sensitive_variables()
def rotate(asked: RefreshRequest, *, request: Any = None) -> IssuedTokens | Failure:
    """The next tokens of the session, or a `Failure` with `SessionEnded`, `InvalidScope`, `InvalidTarget`,
    `UnknownClient` or `TemporarilyUnavailable`. Everything written is committed when it returns. Whether the client
    has proved itself is its endpoint's to check. What `asked.count` raises is raised.

    Raises `InsideTransaction` within a caller's transaction: it may read a row that is no longer true, and its
    rollback would bring a used token back.
    """
    issuer, audience = conf.issuer(request), conf.audience(request)
    client = clients.find(conf.current().clients, asked.client_id)
    if isinstance(client, Failure):
        return client
    for _ in range(ATTEMPTS):
        try:
            outcome = retry_on_conflict(lambda: _attempt(asked, client, issuer, audience, request))
        except TemporarilyUnavailable as busy:
            return Failure(TemporarilyUnavailable, str(busy))
        if outcome is not None:
            return outcome
    return Failure(TemporarilyUnavailable, f"{ATTEMPTS} attempts met others; the client may ask again")


@sensitive_variables()
def _attempt(
    asked: RefreshRequest, client: Client, issuer: str, audience: str, request: Any
) -> IssuedTokens | Failure | None:
    """One read and one decision; None when somebody else was faster and it must all be looked at again."""
    ring = signing_keys.ring(issuer)
    token, issued = presented_token(asked.token, ring)
    if token is not None and not issued and token.key_id not in ring.refresh:
        ring = signing_keys.reload_ring(issuer)
        token, issued = presented_token(asked.token, ring)
    row = _row(token, issuer) if token is not None and issued else None
    if row is not None and row.ring_version != ring.version:
        ring = signing_keys.ring(issuer, at_least=row.ring_version)
        issued = presented_token(asked.token, ring)[1]  # its key may have been removed meanwhile
    decision = decide(_situation(asked, issuer, ring, token, issued, row))
    if isinstance(decision, Reject | Reuse) or row is None or token is None:
        if issued and not isinstance(decision, Reuse):
            _count(asked, token)
        refused = _refuse(decision, asked, token, row)
        if isinstance(decision, Reuse):
            _count(asked, token)  # after it: whoever fills a bucket must not keep a stolen session alive
        return refused
    unmet = refresh_checks.refusal(row, request)
    if unmet is None:  # a failure is false
        unmet = remembered_sessions.refusal(row, issuer)
    if unmet is not None:
        _count(asked, token)
        return unmet
    change, then = context_change.judge(row, asked.seen or {})
    if isinstance(then, Failure):
        _count(asked, token)
        return then
    if then is ContextAction.REVOKE and change is not None:
        return context_change.revoke(row, change)
    lowered = then is ContextAction.STEP_UP and bool(row.authenticated_at or row.acr)
    if then is ContextAction.STEP_UP:
        row = replace(row, authenticated_at=0, acr="")  # what wants a recent or strong login asks for it again
    granted = _narrowed(asked, client, row, audience)
    if isinstance(granted, Failure) or isinstance(decision, KeepCurrent):
        _count(asked, token)
    if isinstance(granted, Failure):
        return granted
    barred = login_policy.ask(
        LoginAttempt(row.user, Purpose.REFRESH, frozenset(row.amr.split()), row.acr, row.client_id, request)
    )
    if barred is None:
        if lowered and not isinstance(decision, Rotate) and not _lower(row, asked):
            return None
        issued_tokens = _grant(decision, asked, ring, token, row, granted)
        if issued_tokens is not None and change is not None and then is not ContextAction.IGNORE:
            context_change.tell(row, change, then)
        return issued_tokens
    if not isinstance(decision, KeepCurrent):
        _count(asked, token)
    return barred


def _count(asked: RefreshRequest, token: RefreshToken | None) -> None:
    if asked.count is not None and token is not None:
        asked.count(token.session_id)


def _narrowed(asked: RefreshRequest, client: Client, row: SessionRow, own: str) -> AccessTokenData | Failure:
    """What the next access token is made from: never more than the session was given, nor than settings now allow."""
    scope = clients.scope(client, conf.current().scopes, asked.scope, frozenset(row.scope.split()))
    if isinstance(scope, Failure):
        return scope
    meant = clients.audiences(client, own, asked.resource, row.audiences.split() or [own])
    if isinstance(meant, Failure):
        return meant
    if asked.resource is not None and len(meant) > 1:
        return Failure(
            InvalidTarget, "an access token is for one audience (RFC 9068 section 3); ask for each by itself"
        )
    return access_token_data(row, row.user, meant[0], scope)


def _row(token: RefreshToken, issuer: str) -> SessionRow | None:
    refuse_transaction(aliases.sessions_alias())
    return session_read.read(token.session_id, issuer)


def _situation(
    asked: RefreshRequest,
    issuer: str,
    ring: KeyRing,
    token: RefreshToken | None,
    issued: bool,
    row: SessionRow | None,
) -> Situation:
    row_keys = ring.refresh.get(row.key_id) if row is not None else None
    retry, context = b"", b""
    if row_keys is not None:
        retry = _keyed(row_keys.mac, "retry", asked.retry_key)
        context = _keyed(row_keys.mac, "context", asked.context)
    return Situation(
        token=token,
        issued=issued,
        session=row,
        invalid=session_invalid_reason(row, issuer) if row is not None else None,
        row_keys=row_keys,
        client_id=asked.client_id,
        delivery=asked.delivery,
        proof=False if row is not None and row.binding else None,
        retry_digest=retry,
        context_digest=context,
        revoke_concurrent=conf.current().on_concurrent_refresh == "revoke",
    )


def _keyed(key: bytes, label: str, text: str) -> bytes:
    return hmac.digest(key, f"{label}:{text}".encode(), hashlib.sha256) if text else b""


@sensitive_variables()
def _grant(
    decision: Decision,
    asked: RefreshRequest,
    ring: KeyRing,
    token: RefreshToken,
    row: SessionRow,
    granted: AccessTokenData,
) -> IssuedTokens | None:
    """The answer, made before the one statement that decides: what can fail has not failed once that has won."""
    match decision:
        case KeepCurrent():
            return token_response(granted, ring, row, row.now, None, rotated=False)
        case Rotate():
            return _rotated(asked, ring, token, row, granted)
        case Grace(successor=same) if row.now - (row.rotated_at or 0) > GRACE_PERIOD:
            issued = token_response(granted, ring, row, row.now, same, rotated=False)
            return issued if _keep_current_again(row) else None
        case Grace(successor=same, concurrent_uses=concurrent_uses):
            issued = token_response(granted, ring, row, row.now, same, rotated=False)
            return issued if not concurrent_uses or _count_concurrent_use(row) else None
        case _:
            return None


@sensitive_variables()
def _rotated(
    asked: RefreshRequest, ring: KeyRing, token: RefreshToken, row: SessionRow, granted: AccessTokenData
) -> IssuedTokens | None:
    """The answer of the winning statement: the successor becomes current if the token still is; otherwise None."""
    secrets, salt = unusable_keys.refresh_keys(ring, row.issuer), randomness.secret()
    successor = token.successor(secrets, salt)
    issued = token_response(granted, ring, row, row.now, successor)
    columns = {
        "key_id": secrets.key_id,
        "generation": successor.generation,
        "current_digest": successor.digest(),
        "salt": salt,
        "rotated_at": row.now,
        "retry_digest": _keyed(secrets.mac, "retry", asked.retry_key),
        "context_digest": _keyed(secrets.mac, "context", asked.context),
        "context": context_rules.written(asked.seen or {}) or row.context,
        "authenticated_at": row.authenticated_at,
        "amr": row.amr,
        "acr": row.acr,
        "idle_ends_at": idle_end(row.now, row.idle_seconds, row.ends_at),
    }
    with durable_transaction(aliases.sessions_alias()):
        won = rotate_row(row, columns, COLUMNS if row.authenticated_at else STEP_UP_COLUMNS)
    if not won:
        return None
    events.publish(events.EventKind.TOKEN_REFRESHED, **_about(row))
    return issued


def _keep_current_again(row: SessionRow) -> bool:
    """The successor reaches its client only now, so its minimum rotation interval begins now: else the next request
    would rotate it at once, while others of the same client that still carry the predecessor are under way
    (benchmarks/rotation_sim.py).

    As if rotated just longer ago than the grace, so that nobody without the retry key is let in by it.
    """
    return _change(row, rotated_at=row.now - GRACE_PERIOD - 1)


def _lower(row: SessionRow, asked: RefreshRequest) -> bool:
    """Make the login of the row old and weak where nothing is rotated, as a rotation does.

    Otherwise the access token would name an earlier login than the row, and be refused as one of before a step-up.
    """
    context = context_rules.written(asked.seen or {}) or row.context
    return _change(row, authenticated_at=row.authenticated_at, acr=row.acr, context=context)


def _change(row: SessionRow, **columns: Any) -> bool:
    """Change columns of a row that is still as it was read; False when it has moved on meanwhile."""
    with durable_transaction(aliases.sessions_alias()):
        rows = Session.objects.using(aliases.sessions_alias()).filter(
            pk=row.id, generation=row.generation, current_digest=row.current_digest, revoked_at__isnull=True
        )
        return bool(rows.update(**columns))


def _count_concurrent_use(row: SessionRow) -> bool:
    """Note that a second party asked within the grace; False when the row has moved on meanwhile."""
    counted = _change(row, concurrent_uses=F("concurrent_uses") + 1)
    if counted:
        events.publish(
            events.EventKind.REFRESH_CONCURRENT, **_about(row), details={"concurrent_uses": row.concurrent_uses + 1}
        )
    return counted


def _refuse(decision: Decision, asked: RefreshRequest, token: RefreshToken | None, row: SessionRow | None) -> Failure:
    """What a refusal leaves behind: a reused token ends its session, committed before the answer."""
    owner = "" if row is None or row.user_id is None else str(row.user_id)
    if isinstance(decision, Reuse) and row is not None:
        revocation.end_session(row.id, f"reuse_{decision.cause.value}", owner)
        api_tokens = revocation.end_api_tokens_of(row.id, f"reuse_{decision.cause.value}")
        details = {"cause": decision.cause.value, **({"api_tokens": api_tokens} if api_tokens else {})}
        events.publish(events.EventKind.TOKEN_REUSED, **_about(row), details=details)
        return Failure(SessionEnded, f"row {decision.row}: reuse, {decision.cause.value}; the session was ended")
    if not isinstance(decision, Reject):
        return Failure(SessionEnded, "refused")
    if decision.cause is RejectReason.USER and row is not None:
        revocation.end_session(row.id, "user", owner)
    if decision.cause is RejectReason.UNKNOWN:
        events.publish_sampled(events.EventKind.TOKEN_UNKNOWN)
    elif decision.cause not in _SILENT:
        about = _about(row) if row is not None else {}
        events.publish(events.EventKind.REFRESH_REFUSED, **about, details={"cause": decision.cause.value})
    error: type[HTTPRefusal] = TemporarilyUnavailable if decision.cause in _PASSING else SessionEnded
    return Failure(error, f"row {decision.row}: {decision.reason}")


def _about(row: SessionRow) -> dict[str, str]:
    return {"user_id": str(row.user_id), "session_id": str(row.id), "client_id": row.client_id}
