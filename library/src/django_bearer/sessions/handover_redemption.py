"""Redemption of a handover: the receiver that began gets a session of its own, once, with the login as it was."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import request_policy
from ..accounts.login_policy import Purpose
from ..accounts.principal import Principal
from ..conf import clients
from ..conf.clients import Client
from ..database import aliases, issuers
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import refuse_transaction
from ..errors import Failure, HandoverPending, InvalidHandover
from ..models import Session
from ..primitives.clock import SECOND
from ..tokens import code_verifier
from ..tokens.refresh_token import TokenDelivery
from . import handovers, issue
from .custom_claims import login_claims
from .issue import PreparedSession, SourceLogin, prepare_session
from .token_response import IssuedTokens

HANDED_OVER_FROM = "handed_over_from"
"""In the extras of a session: the client whose login it goes on with, for lists and the admin."""
SOURCE_SESSION = "source_session"
"""In the extras of a session: the id of the session whose login was handed over."""
LEFT_OUT = "left_out_audiences"
"""In the extras of a session: what the logins that it goes on with were not for, and no session after it is."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who redeems: the client, whether it is a page, its verifier, and what its state cookie says, empty for none."""

    client: Client
    delivery: TokenDelivery
    verifier: str = field(repr=False)
    state: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PreparedRedemption:
    """A redemption that everybody agrees to and that is not stored yet."""

    user: Any
    session: PreparedSession = field(repr=False)
    row: Any = field(repr=False)

    def store(self) -> IssuedTokens:
        """Use the code up and store the session, both or neither.

        Raises `InvalidHandover` for all but the first, and where the login behind it has ended meanwhile.
        """
        using = aliases.sessions_alias()
        refuse_transaction(using)

        def both() -> Failure | None:
            with transaction.atomic(using=using):
                if not handovers.TOKENS.rows(self.row.digest).delete()[0]:
                    raise InvalidHandover("the handover was redeemed by another request at the same time")
                # The session is inserted first: its foreign key waits for a user who is changed now, and whoever
                # changes that user may wait for the session that is asked here.
                issue.insert(self.session)
                ended = handovers.ended_meanwhile(self.row)
                if ended is not None:
                    transaction.set_rollback(True, using=using)
            return ended

        refused = handovers.told(self.row, retry_on_conflict(both))
        if refused is not None:
            raise refused.exception()
        issue.keep_limit(self.session)
        new = self.session.row
        events.publish(
            events.EventKind.LOGIN_HANDED_OVER,
            user_id=str(self.user.pk),
            session_id=str(new.id),
            client_id=new.client_id,
            details={"source_session": str(self.row.session_id), "device": str(new.extras.get("device", ""))},
        )
        return self.session.tokens


@sensitive_variables()
def prepare(
    code: str, receiver: Receiver, *, issuer: str, seen: Mapping[str, str], request: Any = None
) -> PreparedRedemption | Failure:
    """The session of a receiver that began, was let in, and is the client and the browser that the code is for.

    Session, user, key and token behind it are asked as they are now. The policy is asked once more, as of a login at
    this client. Raises as `prepare_session` does.
    """
    row = handovers.of_code(code, issuer, receiver.client)
    if isinstance(row, Failure):
        return row
    reason = unfit(row, receiver)
    if reason is not None:
        return handovers.refused(row, reason)
    if row.approved_at is None:
        return Failure(HandoverPending, "the receiver's number was not typed yet")
    state = issuers.state(issuer, row.user_id)  # before the session is asked: what ends later ends the new one, too
    principal = request_policy.judged(handovers.source(row), request)
    if isinstance(principal, Failure):
        return principal
    old, own = principal.session(), conf.audience(request)
    missing = left_out(old, own)
    had = clients.handed_over_audiences(receiver.client, old.client_id, own, old.audiences.split(), missing)
    session = prepare_session(
        principal.user,
        request=request,
        client_id=receiver.client.id,
        delivery=receiver.delivery,
        amr=principal.claims.amr if principal.claims is not None else (),
        extras={
            **seen,
            HANDED_OVER_FROM: principal.client_id,
            SOURCE_SESSION: str(principal.session_id),
            **({LEFT_OUT: sorted(missing)} if missing else {}),
        },
        purpose=Purpose.HANDOVER,
        state_of=lambda name: state if name == issuer and state.is_of_use() else None,
        source=source_login(principal, old, had),
    )
    return PreparedRedemption(principal.user, session, row)


def unfit(row: Any, receiver: Receiver) -> str | None:
    """Why this is not the receiver that began, or None. Pure."""
    if not row.challenge:
        return "no receiver has begun"
    if row.delivery != receiver.delivery:
        return "a page redeems what a page began, and an app what an app began"
    if not code_verifier.is_proved(receiver.verifier, row.challenge):
        return "the verifier is not that of the receiver that began"
    if not hmac.compare_digest(row.state, receiver.state):
        return "the browser is not the one that began: its state cookie is missing"
    return None


def left_out(row: Session, own: str) -> frozenset[str]:
    """The audiences that the login of a session is not for, at its client and at those from which it came there."""
    before = frozenset(row.extras.get(LEFT_OUT) or ())
    return before | clients.left_out(conf.current().clients[row.client_id], own, row.audiences.split())


def source_login(principal: Principal, row: Session, audiences: tuple[str, ...]) -> SourceLogin:
    """What a handed-over session is never more than: the login of the token, as far as its session lasts."""
    claims = principal.claims
    return SourceLogin(
        authenticated_at=min(claims.auth_time * SECOND, principal.checked_at or 0) if claims else issue.NEVER,
        acr=(claims.acr or "") if claims is not None else "",
        scope=principal.scopes,
        ends_at=row.ends_at,
        audiences=audiences,
        login_claims=login_claims(row.extras),
    )
