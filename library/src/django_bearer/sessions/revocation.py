"""Revocation: end one token, one session, all sessions of a user, everything of a key, or everything at all.

Every function may be called anywhere. Inside a view's transaction the write is done at once, so that it is seen, and
again when the transaction is over, so that a rollback cannot undo it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction

from .. import conf, events
from ..accounts.credential_owner import user_of
from ..accounts.lazy_user import settled
from ..database import aliases, issuers, revocations, session_end
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import write_despite_refusal, write_with_caller
from ..database.revocations import stored_cause
from ..database.writes_with_event import write_with_event
from ..models import ApiToken, ServiceAccount, Session
from ..primitives import clock
from ..primitives.clock import SECOND
from ..tokens.access_claims import AccessClaims
from . import key_rotation


def revoke_session(session: Session | uuid.UUID, cause: str = "revoked") -> bool:
    """End a session. Its access and refresh tokens are refused from the next request on, in every process.

    Args:
        session: The session or its id.
        cause: Why, for the row and the event: 40 characters are kept.

    Returns:
        Whether this call ended it. False when it had ended before, or there is no such session.

    Raises:
        TemporarilyUnavailable: The database was busy.

    Source:
        OWASP ASVS 7.4.1.
    """
    if not isinstance(session, Session):
        return end_session(session, cause)
    with aliases.at(aliases.of(session)):
        return end_session(session.pk, cause)


def end_session(session_id: uuid.UUID, cause: str, owner: str | None = None) -> bool:
    """End one session by id, and publish it once. `owner` is its user's key as text, where the caller knows it."""
    cause, found = stored_cause(cause), owner

    def write() -> int:
        nonlocal found
        rows = Session.objects.using(using).filter(pk=session_id)
        if (
            owner is None
        ):  # read here, for in a transaction that is broken already this fails, and is done again later
            found = user_of(rows)
        return _end(rows, cause)

    def describe() -> events.SecurityEvent:
        details = {"cause": cause}
        return events.made(
            events.EventKind.SESSION_REVOKED, user_id=found or "", session_id=str(session_id), details=details
        )

    using = aliases.sessions_alias()
    joined = None if owner is None else partial(session_end.end, session_id, clock.now(), cause)
    return bool(write_with_event(write, describe, joined))


def user_of_live_session(session_id: uuid.UUID) -> str:
    """The key of the user of a session that has not ended, as text; empty for any other."""
    return user_of(Session.objects.using(aliases.sessions_alias()).filter(pk=session_id, revoked_at__isnull=True))


def end_api_tokens_of(session_id: uuid.UUID, cause: str) -> int:
    """End the API tokens that a session has made, when it turns out that two parties held it. Returns how many."""
    ended = 0

    def write() -> None:
        nonlocal ended
        ended += _end(ApiToken.objects.using(aliases.sessions_alias()).filter(made_by_session=session_id), cause)

    write_despite_refusal(write)
    return ended


def revoke_user(user: Any, cause: str = "logout_everywhere") -> int:
    """End every session and API token of a user. A login that is under way ends too; later logins are not touched.

    A user who was read from another database has the sessions there. Of a `ServiceAccount` it ends the API tokens.

    Args:
        user: The user or service account.
        cause: Why, for the rows and the event: 40 characters are kept.

    Returns:
        How many sessions it ended.

    Raises:
        TemporarilyUnavailable: The database was busy.

    Source:
        OWASP ASVS 7.4.2 and 7.4.3.
    """
    cause, user = stored_cause(cause), settled(user)
    if isinstance(user, ServiceAccount):
        with aliases.at(aliases.of(user)):
            return _revoke_service(user, cause)
    using = aliases.sessions_of(aliases.of(user))
    if using is None:
        return 0
    with aliases.at(using):
        return _revoke_user(user, cause)


def _revoke_user(user: Any, cause: str) -> int:
    epoch = ended = 0

    def write() -> None:
        nonlocal epoch, ended
        epoch, found = end_all_of(user, cause, epoch)
        ended += found

    write_despite_refusal(write)
    tell_of_revoked_user(user, cause, ended)
    return ended


def end_all_of(user: Any, cause: str, epoch: int = 0) -> tuple[int, int]:
    """End every session and API token of a user, as part of the transaction that is open. Nobody is told.

    `epoch` is the user's, where it was raised before. Returns it, and how many sessions ended.
    """
    if epoch:
        issuers.reach_user_epoch(user.pk, epoch)
    else:
        epoch = issuers.next_user_epoch(user.pk)
    older = Session.objects.using(aliases.sessions_alias()).filter(user_id=user.pk, user_epoch__lt=epoch)
    ended = _end(older, cause)
    _end(ApiToken.objects.using(aliases.sessions_alias()).filter(user_id=user.pk, user_epoch__lt=epoch), cause)
    return epoch, ended


def tell_of_revoked_user(user: Any, cause: str, ended: int) -> None:
    """Publish that everything of a user was ended."""
    details: dict[str, str | int] = {"cause": cause, "sessions": ended}
    events.publish(events.EventKind.LOGOUT_EVERYWHERE, user_id=str(user.pk), details=details)


def _revoke_service(service: ServiceAccount, cause: str) -> int:
    write_despite_refusal(
        lambda: _end(ApiToken.objects.using(aliases.sessions_alias()).filter(service_id=service.pk), cause)
    )
    details: dict[str, str | int] = {"cause": cause, "sessions": 0, "owner": str(service)}
    events.publish(events.EventKind.LOGOUT_EVERYWHERE, details=details)
    return 0


def needed_until(claims: AccessClaims) -> int:
    """Until when the revocation of a token must be known, in microseconds: what it has made may outlive it."""
    config = conf.current()
    return (claims.exp + config.outlived_by + config.leeway + 1) * SECOND


def revoke_token(claims: AccessClaims, cause: str = "revoked") -> None:
    """Refuse one access token, what staff asked for with it to act for users, and its codes of handovers, until all
    of it would have expired.

    Its session stays valid.
    """
    cause = stored_cause(cause)
    owner = user_of(Session.objects.using(aliases.sessions_alias()).filter(pk=claims.sid))
    write_despite_refusal(lambda: revocations.add("token", claims.jti, needed_until(claims), cause))
    events.publish(
        events.EventKind.TOKEN_REVOKED,
        user_id=owner,
        session_id=str(claims.sid),
        client_id=claims.client_id,
        details={"jti": claims.jti, "cause": cause},
    )


def revoke_key(kid: str, cause: str = "compromised", *, request: Any = None) -> None:
    """Revoke a signing key: refuse everything that it signed, at once and in every process.

    A new key signs from then on. Sessions go on, since refresh tokens do not depend on signing keys.

    Args:
        kid: The key's id, as the header of its tokens and the JWKS name it.
        cause: Why, for the row and the event: 40 characters are kept.
        request: The request. It is needed where `ISSUER` is a callable.

    Raises:
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The database was busy.

    Source:
        RFC 7517 section 4.5 (kid).
    """
    revoke_key_of(conf.issuer(request), kid, cause)


def revoke_key_of(issuer: str, kid: str, cause: str) -> None:
    """The same for an issuer that is known by name."""
    write_despite_refusal(lambda: key_rotation.revoke(issuer, kid, stored_cause(cause)))


def revoke_all_issuer_tokens(*, request: Any = None) -> int:
    """End every session and every token of an issuer, as after a restored backup or a lost database.

    Args:
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        The number of the issuer's new epoch.

    Raises:
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The database was busy.
    """
    return revoke_everything_of(conf.issuer(request))


def revoke_everything_of(issuer: str) -> int:
    """The same for an issuer that is known by name."""
    epoch = 0

    def write() -> None:
        nonlocal epoch
        if epoch:
            issuers.reach_issuer_epoch(issuer, epoch)
        else:
            epoch = issuers.next_issuer_epoch(issuer)

    write_despite_refusal(write)
    events.publish(events.EventKind.ISSUER_TOKENS_INVALIDATED, details={"issuer": issuer, "epoch": epoch})
    return epoch


def end_changed_password(user_id: Any, fingerprint: bytes, users: str) -> None:
    """End what a user in the database `users` holds that remembers another password than this one.

    Part of the caller's transaction. Where it would fail that transaction it is done after the commit; each request
    compares the password anyway.
    """

    def others(rows: Any) -> Any:
        return rows.exclude(password_fingerprint=fingerprint).exclude(rehashed_fingerprint=fingerprint)

    _end_of_user(user_id, users, "password_changed", others, events.EventKind.PASSWORD_CHANGED)


def end_disabled_user(user_id: Any, cause: str, users: str) -> None:
    """End all that a user in the database `users` holds who may no longer log in.

    The epoch is raised, too: a login under way, a known device and an unlock token stay ended though the user is let
    in again. Part of the caller's transaction. Where it would fail that transaction it is done after the commit; each
    request asks for the user anyway.
    """
    _end_of_user(user_id, users, cause, lambda rows: rows, events.EventKind.USER_DISABLED)


def _end_of_user(user_id: Any, users: str, cause: str, which: Callable[[Any], Any], kind: events.EventKind) -> None:
    using = aliases.sessions_of(users)
    if using is None:
        return

    def write() -> None:
        with transaction.atomic(using=using):
            if kind is events.EventKind.USER_DISABLED:
                issuers.next_user_epoch(user_id, using)
            ended = _end(which(Session.objects.using(using).filter(user_id=user_id)), cause)
            _end(which(ApiToken.objects.using(using).filter(user_id=user_id)), cause)
        if ended:
            events.publish(kind, user_id=str(user_id), details={"cause": cause, "sessions": ended})

    write_with_caller(write, using)


def _end(rows: Any, cause: str) -> int:
    alive = rows.filter(revoked_at__isnull=True)
    return int(retry_on_conflict(lambda: alive.update(revoked_at=clock.now(), revoked_cause=cause)))
