"""My sessions: a user sees where they are logged in, and ends what they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from .. import conf
from ..accounts.password_fingerprint import fingerprint
from ..accounts.principal import Principal
from ..database import aliases, issuers
from ..errors import NotFound
from ..http import authentication
from ..http.challenge import NO_STORE, Answer
from ..http.public_views import checks_credentials
from ..http.request_device import UNKNOWN
from ..models import Session
from ..primitives.clock import SECOND
from ..sessions import revocation
from ..sessions.context_rules import SEPARATOR
from ..sessions.handover_redemption import HANDED_OVER_FROM
from ..sessions.impersonation import IMPERSONATED_BY
from . import browser
from .base import endpoint, no_body, unwrap
from .recent_login import require_recent_login

MAX_LISTED = 200
"""Sessions in one answer, those used last."""
CAUSE = "ended_by_user"


def list_sessions(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """The live sessions of the user whose access token this request carries, the last used first.

    The one that asks is always among them.
    """
    principal = _principal(request)
    live = _live(request, principal)
    rows = list(live.order_by(Coalesce("rotated_at", "created_at").desc())[:MAX_LISTED])
    own = principal.session_id
    if own is not None and len(rows) == MAX_LISTED and all(row.pk != own for row in rows):
        rows[-1:] = live.filter(pk=own)
    return Answer(200, {"sessions": [_described(row, principal) for row in rows]}, NO_STORE)


def end_one(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """End one session of this user; 404 for any other. Another than its own takes a recent login."""
    principal, session_id = _principal(request), members["session_id"]
    if session_id != principal.session_id:
        require_recent_login(request)
    if not _live(request, principal).filter(pk=session_id).exists():
        raise NotFound("no live session of this user has that id")
    revocation.end_session(session_id, CAUSE, str(principal.user.pk))
    done = Answer(204, None, NO_STORE)
    return browser.ended(request, done) if session_id == principal.session_id else done


def _principal(request: HttpRequest) -> Principal:
    principal: Principal = unwrap(authentication.require_session(request))
    return principal


def _live(request: HttpRequest, principal: Principal) -> QuerySet[Session]:
    """The user's valid sessions, as `accounts.validity` would decide for each."""
    issuer, password = conf.issuer(request), fingerprint(principal.user)
    state = issuers.state(issuer, principal.user.pk)
    return (
        Session.objects.using(aliases.sessions_alias())
        .filter(user_id=principal.user.pk, issuer=issuer, revoked_at__isnull=True)
        .filter(ends_at__gt=state.now, idle_ends_at__gt=state.now)
        .filter(issuer_epoch__gte=state.epoch, user_epoch__gte=state.user_epoch)
        .filter(Q(password_fingerprint=password) | Q(rehashed_fingerprint=password))
        .filter(client_id__in=conf.current().clients)
    )


def _last_used(row: Session) -> int:
    return row.rotated_at or row.created_at


def _described(row: Session, principal: Principal) -> dict[str, Any]:
    """One session. Timestamps are seconds since 1970; `last_used_at` is the last refresh, or else the login."""
    last_device, _, last_where = row.context.partition(SEPARATOR)
    return {
        "id": str(row.pk),
        "client_id": row.client_id,
        "impersonated_by": row.extras.get(IMPERSONATED_BY),
        "handed_over_from": row.extras.get(HANDED_OVER_FROM),
        "device": str(row.extras.get("device") or UNKNOWN),
        "where": str(row.extras.get("where") or ""),
        "last_device": last_device or UNKNOWN,
        "last_where": last_where,
        "created_at": row.created_at // SECOND,
        "last_used_at": _last_used(row) // SECOND,
        "ends_at": min(row.ends_at, row.idle_ends_at) // SECOND,
        "current": row.pk == principal.session_id,
    }


sessions_view = checks_credentials(endpoint(list_sessions, no_body, "GET"))
session_view = checks_credentials(endpoint(end_one, no_body, "DELETE"))
