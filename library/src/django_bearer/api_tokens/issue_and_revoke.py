"""API tokens: issue, authenticate, revoke. A machine's credential, shown once, that ends with its owner.

A user's token ends as a session would: when the user is disabled or deleted, logs out everywhere, or changes the
password, since anybody who had that password could have made it. What must outlive a person's password belongs to a
service account.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import login_policy
from ..accounts.credential_owner import owned, user_of
from ..accounts.impersonation_rules import refuse_impersonated
from ..accounts.login_policy import LoginAttempt, Purpose
from ..accounts.login_strength import names_of
from ..accounts.password_fingerprint import UNUSABLE, fingerprint
from ..accounts.principal import Principal
from ..accounts.validity import account_invalid_reason
from ..database import aliases, api_token_read, issuers
from ..database.api_token_read import ApiTokenState
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import write_despite_refusal
from ..database.revocations import stored_cause
from ..errors import (
    ConfigurationError,
    Failure,
    InvalidCredentials,
    InvalidRequest,
    InvalidScope,
    InvalidToken,
    MalformedToken,
)
from ..models import ApiToken, ServiceAccount, Session
from ..primitives import randomness
from ..primitives.clock import SECOND
from ..primitives.redaction import redact_locals
from ..tokens.api_token import ApiSecret, read
from . import token_limit

CLIENT = "api-token"
"""Stands for the client of a principal that came with an API token. No client of the settings may have this id."""

MAX_SERVICE_NAME = 100
MAX_AUDIENCE = 255


@dataclass(frozen=True, slots=True)
class IssuedApiToken:
    """A new API token.

    Attributes:
        id: The id of its row, with which it is revoked.
        token: The token, shown once and stored nowhere.
        name: What the token is for.
        scope: The scopes that it has.
        expires_at: When it ends, in seconds since 1970.
    """

    id: uuid.UUID
    token: str = field(repr=False)
    name: str
    scope: frozenset[str]
    expires_at: int


@redact_locals
def issue_api_token(
    owner: Any,
    *,
    name: str,
    expires_in: int | timedelta,
    scope: Iterable[str] = (),
    audience: str | None = None,
    amr: Iterable[str] = (),
    made_by_session: uuid.UUID | None = None,
    request: Any = None,
    issuer: str | None = None,
) -> IssuedApiToken:
    """Make an API token for a user or a `ServiceAccount`.

    Args:
        owner: The user or service account that requests with this token act as.
        name: What the token is for, 1 to 100 printable characters.
        expires_in: When it ends, in seconds from now or as a `timedelta`; at most `BEARER["API_TOKEN_LIFETIME"]`.
        scope: The scopes that it has, out of `BEARER["SCOPES"]`. It has none unless you name them.
        audience: The API that it is for, at most 255 characters. None means `BEARER["AUDIENCE"]`.
        amr: The methods by which a user has logged in. `BEARER["LOGIN_POLICY"]` sees them; it is not asked about
            service accounts.
        made_by_session: The id of the session that asks. The token ends when that session's refresh token is reused.
        request: The request. It is needed where `ISSUER` or `AUDIENCE` is a callable.
        issuer: The issuer. None means that of `request`.

    Returns:
        The token, to be shown once, and what describes it.

    Raises:
        InvalidCredentials: The owner is inactive or not saved.
        ImpersonationRefused: Staff acts for the user of `request`.
        LoginRefused: `BEARER["LOGIN_POLICY"]` refuses.
        InvalidScope: `scope` names one that is not in `BEARER["SCOPES"]`.
        InvalidRequest: The name, the audience, the lifetime or `amr` is out of bounds, or the owner has
            `API_TOKEN_LIMIT` tokens.
        InvalidToken: The session that asks ended meanwhile.
        RateLimited: The user has made too many in a day. `retry_after` is in seconds.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The policy failed, or the database was busy.

    Source:
        RFC 6749 section 3.3 (scope), RFC 8176 (amr).
    """
    config, issuer = conf.current(), conf.issuer(request) if issuer is None else issuer
    acting = refuse_impersonated(getattr(request, "auth", None))
    if acting is not None:
        raise acting.exception()
    if owner.pk is None or not getattr(owner, "is_active", True):
        raise InvalidCredentials("no API token is issued to an inactive or unsaved owner")
    wanted = frozenset(scope)
    if not wanted <= config.scopes:
        raise InvalidScope("the scope asked for goes beyond BEARER['SCOPES']")
    lifetime = int(expires_in.total_seconds() if isinstance(expires_in, timedelta) else expires_in)
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise InvalidRequest("name is 1 to 100 printable characters")
    if audience is not None and not 0 < len(audience) <= MAX_AUDIENCE:
        raise InvalidRequest(f"audience is 1 to {MAX_AUDIENCE} characters")
    if not 0 < lifetime <= config.api_token_lifetime:
        raise InvalidRequest(f"expires_in is 1 to {config.api_token_lifetime} seconds")
    owns = owned(owner)
    if "user_id" in owns:
        refused = login_policy.ask(
            LoginAttempt(owner, Purpose.API_TOKEN, frozenset(names_of(amr)), request=request),
            made_by_session=made_by_session is not None,
        )
        if refused is not None:
            raise refused.exception()
    state = issuers.state(issuer, owns.get("user_id"))
    alive = live(owner, issuer, state)
    token_limit.take_turns(owner)
    _check_token_count(alive.count() + 1)
    token_limit.check_token_limit(owns, state.now, 1)
    made = ApiSecret(randomness.session_id(), randomness.secret())
    row = ApiToken(
        id=made.id,
        issuer=issuer,
        audience=audience if audience is not None else conf.audience(request),
        name=name,
        scope=" ".join(sorted(wanted)),
        digest=made.digest(),
        created_at=state.now,
        expires_at=state.now + lifetime * SECOND,
        password_fingerprint=fingerprint(owner) if "user_id" in owns else UNUSABLE,
        made_by_session=made_by_session,
        user_epoch=state.user_epoch,
        issuer_epoch=state.epoch,
        **owns,
    )
    retry_on_conflict(lambda: row.save(using=aliases.sessions_alias(), force_insert=True))
    try:
        _check_token_count(alive.count())  # again, with whatever others have made meanwhile
        token_limit.check_token_limit(owns, state.now)
        _require_maker(made_by_session, row)
    except Exception:
        retry_on_conflict(_rows().filter(pk=row.pk).delete)  # nobody has received this one
        raise
    user_id = "" if "service_id" in owns else str(owner.pk)
    details: dict[str, str | int] = {"token": str(made.id), "owner": str(owner) if not user_id else "user"}
    events.publish(events.EventKind.API_TOKEN_CREATED, user_id=user_id, details=details)
    return IssuedApiToken(made.id, made.encode(), name, wanted, row.expires_at // SECOND)


@sensitive_variables()
def authenticate(token: str, *, issuer: str, audiences: frozenset[str]) -> Principal | Failure:
    """The principal an API token stands for, or a `Failure`. A malformed token costs no query, any other one."""
    try:
        presented = read(token)
    except MalformedToken as error:
        return Failure(InvalidToken, f"not an API token: {error}")
    row = api_token_read.read(presented.id, issuer)
    if row is None or not hmac.compare_digest(presented.digest(), row.digest):
        return Failure(InvalidToken, "there is no such API token")
    reason = rejection_reason(row, issuer, audiences)
    if reason is not None:
        return Failure(InvalidToken, reason)
    scopes = frozenset(row.scope.split()) & conf.current().scopes
    return Principal(row.user, None, CLIENT, scopes, None, row)


def rejection_reason(row: ApiTokenState, issuer: str, audiences: frozenset[str]) -> str | None:
    """Why an API token whose secret is right is refused all the same, or None. Pure."""
    if row.revoked_at is not None:
        return f"the API token was revoked ({row.revoked_cause})"
    if row.issuer != issuer or row.issuer_epoch < row.issuer_epoch_now:
        return "the issuer ended every token of its earlier epoch"
    if row.now >= row.expires_at:
        return "the API token is past its end; issue another one"
    if row.audience not in audiences:
        return "the API token is for another audience"
    if row.service_id is None:
        return account_invalid_reason(row)
    return None if row.user is not None and row.user.is_active else "the service account is gone or not active"


def revoke_api_token(token_id: uuid.UUID, cause: str = "revoked") -> bool:
    """Revoke an API token by its id. The next request with it is refused, in every process.

    Args:
        token_id: The id of its row, as `IssuedApiToken.id` has it.
        cause: Why, for the row and the event: 40 characters are kept.

    Returns:
        Whether this call revoked it. False when it was revoked before, or there is no such token.

    Raises:
        TemporarilyUnavailable: The database was busy.
    """
    ended, owner, cause = 0, "", stored_cause(cause)

    def write() -> None:
        nonlocal ended, owner
        timestamp = issuers.now()
        rows = _rows().filter(pk=token_id, revoked_at__isnull=True)
        owner = owner or user_of(rows)
        ended += rows.update(revoked_at=timestamp, revoked_cause=cause)

    write_despite_refusal(write)
    if ended:
        details: dict[str, str | int] = {"token": str(token_id), "cause": cause}
        events.publish(events.EventKind.API_TOKEN_REVOKED, user_id=owner, details=details)
    return bool(ended)


def live(owner: Any, issuer: str, state: issuers.IssuerState) -> Any:
    """The tokens of an owner that would be accepted, as `rejection_reason` would decide for each."""
    alive = _rows().filter(issuer=issuer, revoked_at__isnull=True, expires_at__gt=state.now)
    if not isinstance(owner, ServiceAccount):
        now = fingerprint(owner)
        alive = alive.filter(Q(password_fingerprint=now) | Q(rehashed_fingerprint=now))
    return alive.filter(issuer_epoch__gte=state.epoch, user_epoch__gte=state.user_epoch, **owned(owner))


def flag(row: ApiTokenState) -> bool:
    """Note that a token came over plain HTTP. It is not revoked: a machine cannot log in again by itself.

    Returns whether this is news.
    """
    if row.exposed_at is not None:
        return False
    write_despite_refusal(lambda: _rows().filter(pk=row.id, exposed_at__isnull=True).update(exposed_at=row.now))
    return True


def service_account(name: str, create: bool = False) -> ServiceAccount:
    """The service account of that name. Raises `ConfigurationError` when there is none and none is to be made."""
    rows = ServiceAccount.objects.using(aliases.sessions_alias())
    if len(name) > MAX_SERVICE_NAME:
        raise ConfigurationError(f"a service account's name has at most {MAX_SERVICE_NAME} characters")
    if create:
        return rows.get_or_create(name=name, defaults={"created_at": issuers.now()})[0]
    found = rows.filter(name=name).first()
    if found is None:
        raise ConfigurationError(f"there is no service account {name!r}")
    return found


def _check_token_count(count: int) -> None:
    most = conf.current().api_token_limit
    if count > most:
        raise InvalidRequest(f"this owner has {most} API tokens; revoke one first")


def _require_maker(session_id: uuid.UUID | None, row: ApiToken) -> None:
    """Raise `InvalidToken` where the session that asks was ended meanwhile, by itself or with an epoch.

    Called once the row is written, so that a later revocation finds it. An epoch that was raised after the request
    was accepted, and before the row took it over, is one that the session does not have.
    """
    if session_id is None:
        return
    sessions = Session.objects.using(aliases.sessions_alias()).filter(pk=session_id, revoked_at__isnull=True)
    if not sessions.filter(user_epoch__gte=row.user_epoch, issuer_epoch__gte=row.issuer_epoch).exists():
        raise InvalidToken("the session that asks for an API token has ended")


def _rows() -> Any:
    return ApiToken.objects.using(aliases.sessions_alias())
