"""A refresh from another device or network: the settings are asked, the event is published, the session ends."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from .. import conf, events
from ..database.session_read import SessionRow
from ..errors import Failure, SessionEnded, TemporarilyUnavailable
from . import context_rules, revocation
from .context_rules import ContextAction, ContextChange

logger = logging.getLogger("django_bearer.debug")


def judge(row: SessionRow, seen: Mapping[str, str]) -> tuple[ContextChange | None, ContextAction | Failure]:
    """Whether a refresh comes from another device or network than the last, and what the settings say of that.

    A callable of the project's that fails has decided nothing: the token is not spent.
    """
    now = context_rules.written(seen)
    change = context_rules.changed(row.context, now, row.user, row.client_id, row.delivery)
    if change is None:
        return None, ContextAction.IGNORE
    try:
        return change, context_rules.action(conf.current().on_context_change, change)
    except Exception as error:
        logger.exception('BEARER["ON_CONTEXT_CHANGE"] raised %s; no token was used.', type(error).__name__)
        return change, Failure(TemporarilyUnavailable, "ON_CONTEXT_CHANGE failed; its traceback is in the log")


def tell(row: SessionRow, change: ContextChange, then: ContextAction) -> None:
    """Publish the change, with the networks and not the addresses."""
    events.publish(
        events.EventKind.CONTEXT_CHANGED,
        user_id=str(row.user_id),
        session_id=str(row.id),
        client_id=row.client_id,
        details={
            "action": then.value,
            "device": change.device_now,
            "device_before": change.device_before,
            "network": change.network_now,
            "network_before": change.network_before,
        },
    )


def revoke(row: SessionRow, change: ContextChange) -> Failure:
    """End the session, before anything is handed out."""
    revocation.end_session(row.id, "context_changed")
    tell(row, change, ContextAction.REVOKE)
    return Failure(SessionEnded, "the refresh came from another device or network, and ON_CONTEXT_CHANGE says revoke")
