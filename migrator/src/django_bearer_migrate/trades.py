"""Trades: an old refresh token becomes a session of ours, once; or, where none may, yields old access tokens only.

A refresh token with a row on the server is put on simplejwt's blacklist in the transaction that stores the session:
the blacklist's unique column decides between requests that race. The same token again within ten seconds, or at any
time with the same `retry_key`, gets the same answer, since the first one may have been lost.

A token without a row could be made by whoever has the key, so it never becomes a session. Nor does that of a page
that our cookie cannot be set for: what script can read in a body must not live for weeks. Both get access tokens of
the old form until they end, and so does everybody while `TRADE` is off, since processes of the old version know no
session of ours.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from django.db import router, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from django_bearer import Session, TokenDelivery, issue_session, revoke_session
from django_bearer.errors import ConfigurationError, Failure, InvalidToken

from . import (
    account_state,
    clock,
    encrypted_answers,
    ended_tokens,
    jwt_format,
    old_tables,
    simplejwt,
    traded_sessions,
    usage,
)
from .dot_tables import Application
from .missing_tables import unavailable_without_tables
from .models import Trade
from .settings import MAX_LEEWAY, SIMPLEJWT, Entry, SimpleJwt
from .simplejwt import REFRESH, Checked

REUSE_SECONDS = 10
"""Within which a token that was traded gets the same answer again."""
MAX_RETRY_KEY = 128
SPENT = "the old refresh token is spent"
OF_A_PAGE = f"{SPENT}, and a page is never shown the session's refresh token: log in again"
OF_ANOTHER = f"{SPENT}, and its session's refresh token went to another client or in another way"


@dataclass(frozen=True, slots=True)
class Traded:
    """What an old refresh token yields. `refresh` is None where the old one is kept. `expires_at` is the access
    token's, `refresh_expires_at` the other's, in seconds since 1970. The rest says whose session it is."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: int
    refresh_expires_at: int = 0
    session_id: str = ""
    client_id: str = ""
    delivery: int = TokenDelivery.BODY

    def for_page(self) -> bool:
        """Whether the refresh token goes into a cookie."""
        return self.delivery == TokenDelivery.COOKIE


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets a session: a client of `BEARER["CLIENTS"]`, and how its refresh token reaches it."""

    client_id: str
    delivery: TokenDelivery = TokenDelivery.BODY


class _LostRace(Exception):
    """Another request has put the token on the blacklist."""


@unavailable_without_tables
@sensitive_variables()
def trade(
    request: HttpRequest, token: str, given: SimpleJwt, receiver: Receiver | None, retry_key: str = ""
) -> Traded | Failure | None:
    """What an old refresh token yields; a `Failure` for one that is refused; None for what is none of simplejwt.

    `receiver` is None for a page that gets no session.
    Raises what `django_bearer.issue_session` raises, such as `LoginRefused`; the token is unspent then.
    """
    found = simplejwt.check(token, REFRESH, given)
    if not isinstance(found, Checked):
        return found
    row = old_tables.outstanding(found.claims.token_id) if old_tables.have_blacklist() else None
    if row is not None and row.user_id is not None and row.user_id != found.user.pk:
        return Failure(InvalidToken, "the token's row is of another user")
    if row is not None and row.blacklisted:
        if receiver is None:
            return Failure(InvalidToken, OF_A_PAGE)
        return again(found.claims.token_id, token, receiver, retry_key)
    if row is None and ended_tokens.has(found.claims.token_id):
        return Failure(InvalidToken, "the old refresh token was logged out")
    trades = _is_proof(row) and given.entry.trades and receiver is not None
    usage.note(SIMPLEJWT, "trade" if trades else REFRESH, str(request.META.get("HTTP_USER_AGENT", "")))
    if row is None or receiver is None or not trades:
        return _access_only(found, given)
    spendable = Spendable(
        found.user,
        found.claims.token_id,
        found.claims.expires_at,
        given.entry,
        given.entry.scopes,
        receiver,
        partial(old_tables.blacklist, row.row_id),
        found.claims.token_id,
    )
    return once(request, spendable, token, retry_key)


def _is_proof(row: old_tables.Outstanding | None) -> bool:
    """Whether a row says that its user has the token. One of no user, or that has ended, proves nothing."""
    return row is not None and row.user_id is not None and clock.seconds() < row.expires_at + MAX_LEEWAY


def is_browser(request: HttpRequest) -> bool:
    """Whether a page in a browser asks."""
    return "HTTP_ORIGIN" in request.META or "HTTP_SEC_FETCH_SITE" in request.META


@dataclass(frozen=True, slots=True)
class Spendable:
    """An old refresh token that may become a session: whose it is, and when it ends (seconds since 1970).

    It names what spends it in the old package's tables, which answers False where another request has. It also names
    what finds its row afterwards, and the client of django-oauth-toolkit that it is of.
    """

    user: Any
    token_id: str
    expires_at: int
    entry: Entry
    scopes: frozenset[str]
    receiver: Receiver
    spend: Callable[[], bool]
    reference: str
    client: Application | None = None


@sensitive_variables()
def once(request: HttpRequest, old: Spendable, token: str, retry_key: str) -> Traded | Failure:
    """The session that the token becomes; the same answer again where another request was faster."""
    try:
        return _once(request, old, token, retry_key)
    except _LostRace:
        return again(old.token_id, token, old.receiver, retry_key)


@sensitive_variables()
def _once(request: HttpRequest, old: Spendable, token: str, retry_key: str) -> Traded:
    using = old_tables.alias()
    if {using} != {router.db_for_write(Session), router.db_for_write(Trade)}:
        raise ConfigurationError("sessions and the old blacklist lie in different databases, so no trade is atomic")
    with transaction.atomic(using=using):
        if not old.spend():
            raise _LostRace
        issued = issue_session(
            old.user,
            request=request,
            scope=old.scopes,
            client_id=old.receiver.client_id,
            delivery=old.receiver.delivery,
            carried_until=old.expires_at,
            extras={"traded": old.entry.name},
        )
        refused = account_state.refusal(old.user)
        if refused:  # a logout everywhere meanwhile: the session would be of after it
            raise InvalidToken(refused)
        traded_sessions.bind(issued.session_id, old.entry.name, old.reference, old.client)
        now = clock.seconds()
        traded = Traded(
            issued.access_token,
            str(issued.refresh_token),
            now + issued.expires_in,
            now + (issued.refresh_expires_in or 0),
            str(issued.session_id),
            old.receiver.client_id,
            int(old.receiver.delivery),
        )
        Trade.objects.create(
            token_digest=_digest(old.token_id),
            session_id=issued.session_id,
            retry_digest=_digest(retry_key) if retry_key else "",
            answer=encrypted_answers.encrypt(asdict(traded), _server_secret(), token),
            traded_at=now,
            expires_at=old.expires_at,
        )
    return traded


@sensitive_variables()
def again(token_id: str, token: str, receiver: Receiver, retry_key: str) -> Traded | Failure:
    """The same answer for a token that was traded just now, or is asked for with its retry key."""
    row = Trade.objects.filter(token_digest=_digest(token_id)).first()
    if row is None:
        return Failure(InvalidToken, f"{SPENT}: the old package has ended it")
    same = bool(retry_key) and hmac.compare_digest(row.retry_digest, _digest(retry_key))
    if not same and abs(clock.seconds() - row.traded_at) > REUSE_SECONDS:
        return Failure(InvalidToken, f"{SPENT}: it became the session {row.session_id}")
    if not Session.objects.filter(pk=row.session_id, revoked_at__isnull=True).exists():
        return Failure(InvalidToken, f"{SPENT}, and its session has ended")
    answer = encrypted_answers.decrypt(bytes(row.answer), _server_secret(), token)
    if answer is None:
        return Failure(InvalidToken, f"{SPENT}, and its answer is unreadable")
    traded = Traded(**answer)
    if (traded.client_id, traded.delivery) != (receiver.client_id, receiver.delivery):
        return Failure(InvalidToken, OF_ANOTHER)
    return traded


@unavailable_without_tables
@sensitive_variables()
def is_spent(token: str, given: SimpleJwt) -> bool:
    """Whether this is an old refresh token that is on the blacklist."""
    found = simplejwt.check(token, REFRESH, given)
    row = (
        old_tables.outstanding(found.claims.token_id)
        if isinstance(found, Checked) and old_tables.have_blacklist()
        else None
    )
    return row is not None and row.blacklisted


@sensitive_variables()
def _access_only(found: Checked, given: SimpleJwt) -> Traded | Failure:
    """An access token of the old form, which ends with the refresh token and with the move."""
    if given.signing_key is None:
        return Failure(InvalidToken, "SIMPLE_JWT has no SIGNING_KEY any more: log in again")
    now = clock.seconds()
    expires_at = min(now + given.access_seconds, found.claims.expires_at, given.entry.ends_at)
    made = given.made
    claims: dict[str, Any] = {
        made.type_claim: simplejwt.ACCESS,
        made.id_claim: uuid.uuid4().hex,
        made.user_claim: found.claims.user,
        "iat": now,
        "exp": expires_at,
    }
    for name, value in (("iss", made.issuer), ("aud", made.audience)):
        if value is not None:
            claims[name] = list(value) if isinstance(value, tuple) else value
    if given.password_claim is not None:
        claims[given.password_claim] = found.claims.members[given.password_claim]
    return Traded(jwt_format.sign(claims, made, given.signing_key), None, expires_at)


@unavailable_without_tables
def end(found: Checked) -> bool:
    """End an old refresh token: it is spent, or its session ends. One without a row gets a row that is spent.

    False for one that simplejwt had put on its blacklist. Without the blacklist's tables a table of ours notes it.
    """
    claims = found.claims
    if not old_tables.have_blacklist():
        return ended_tokens.note(claims.token_id, claims.expires_at)
    with transaction.atomic(using=old_tables.alias()):
        row = old_tables.outstanding(claims.token_id)
        if row is None:
            row = old_tables.note(claims.token_id, found.user.pk, claims.expires_at)
        old_tables.blacklist_if_absent(row.row_id)
    return end_session(claims.token_id) or not row.blacklisted


def end_session(token_id: str) -> bool:
    """End the session that an old refresh token has become. False where it has become none."""
    traded = Trade.objects.filter(token_digest=_digest(token_id)).first()
    if traded is not None:
        revoke_session(traded.session_id, "logout")
    return traded is not None


def purge() -> int:
    """Delete the trades of tokens that have expired. Returns how many."""
    ended_tokens.purge()
    traded_sessions.purge()
    return Trade.objects.filter(expires_at__lt=clock.seconds()).delete()[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _server_secret() -> bytes:
    return salted_hmac("django_bearer_migrate.trades", "answer", algorithm="sha256").digest()
