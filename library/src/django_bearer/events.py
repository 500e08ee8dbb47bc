"""Security events: every kind there is, one typed record for all, one signal and one log line for each.

The log line goes to `django_bearer.security` as JSON without secrets; the kinds carry the names of OWASP's logging
vocabulary and are listed in docs/reference/events.md.
"""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.dispatch import Signal

from .primitives import clock

logger = logging.getLogger("django_bearer.security")
security_event = Signal()
"""Sent with `event`, a `SecurityEvent`. A receiver that fails is logged and changes no decision."""


class EventKind(StrEnum):
    """Every kind of security event. The page Events of the reference explains each.

    Source:
        OWASP Logging Vocabulary Cheat Sheet, OWASP ASVS 16.3.
    """

    LOGIN_SUCCESS = "authn_login_success"
    LOGIN_FAILED = "authn_login_fail"
    LOGIN_REFUSED = "authn_login_refused"
    LOGIN_RATE_LIMITED = "authn_login_rate_limited"
    LOGIN_ALERT = "authn_login_alert"
    LOGIN_LIMITED = "authn_login_limited"
    ENROLMENT_STARTED = "authn_enrolment_started"
    ENROLMENT_CODE_CREATED = "authn_enrolment_code_created"
    FACTOR_ADDED = "authn_factor_added"
    FACTOR_REMOVED = "authn_factor_removed"
    DEVICE_REMEMBERED = "authn_device_remembered"
    REMEMBERED_DEVICE_ENDED = "authn_remembered_device_ended"
    FACTOR_RESET_REQUESTED = "authn_factor_reset_requested"
    SOCIAL_ACCOUNT_ADDED = "authn_social_account_added"
    SOCIAL_ACCOUNT_REMOVED = "authn_social_account_removed"
    EMAIL_CHANGED = "authn_email_changed"
    EMAIL_RESTORED = "authn_email_restored"
    RECOVERY_SENT = "authn_recovery_sent"
    PASSWORD_RECOVERED = "authn_password_recovered"
    STEP_UP = "authn_step_up"
    IMPERSONATION_STARTED = "authn_impersonation_started"
    RATE_LIMIT_STORAGE = "sys_rate_limit_storage"
    TOKEN_REFRESHED = "authn_token_refreshed"
    TOKEN_REUSED = "authn_token_reuse"
    TOKEN_UNKNOWN = "authn_token_unknown"
    REFRESH_CONCURRENT = "authn_refresh_concurrent"
    CONTEXT_CHANGED = "authn_context_changed"
    REFRESH_REFUSED = "authn_refresh_refused"
    CLIENT_REFUSED = "authn_client_fail"
    TOKEN_INTROSPECTED = "authn_token_introspected"
    SESSION_REVOKED = "authn_session_revoked"
    TOKEN_REVOKED = "authn_token_revoked"
    TICKET_CREATED = "authn_ticket_created"
    TICKET_REDEEMED = "authn_ticket_redeemed"
    HANDOVER_CREATED = "authn_handover_created"
    HANDOVER_REFUSED = "authn_handover_refused"
    LOGIN_HANDED_OVER = "authn_login_handed_over"
    API_TOKEN_CREATED = "authn_token_created"
    API_TOKEN_REVOKED = "authn_api_token_revoked"
    LOGOUT_EVERYWHERE = "authn_logout_everywhere"
    PASSWORD_CHANGED = "authn_password_change"
    USER_DISABLED = "user_disabled"
    SERVICE_DISABLED = "service_disabled"
    SERVICE_ENABLED = "service_enabled"
    CSP_VIOLATION = "input_csp_violation"
    PLAIN_HTTP = "sensitive_plain_http"
    EXPOSED_TOKEN_USED = "sensitive_exposed_token_used"
    TRANSPORT_UNKNOWN = "sensitive_transport_unknown"
    KEY_CREATED = "sys_key_created"
    KEY_CHANGED = "sys_key_changed"
    KEYS_UNUSABLE = "sys_keys_unusable"
    REVOCATION_FEED_LOST = "sys_revocation_feed_lost"
    ISSUER_TOKENS_INVALIDATED = "sys_issuer_tokens_invalidated"


WARNINGS = frozenset(
    {
        EventKind.LOGIN_RATE_LIMITED,
        EventKind.LOGIN_ALERT,
        EventKind.RATE_LIMIT_STORAGE,
        EventKind.TOKEN_REUSED,
        EventKind.REFRESH_CONCURRENT,
        EventKind.PLAIN_HTTP,
        EventKind.EXPOSED_TOKEN_USED,
        EventKind.TRANSPORT_UNKNOWN,
        EventKind.KEYS_UNUSABLE,
        EventKind.REVOCATION_FEED_LOST,
        EventKind.ISSUER_TOKENS_INVALIDATED,
    }
)
"""Kinds that somebody should look at."""


LOG_ONLY = frozenset(
    {
        EventKind.TOKEN_REFRESHED,
        EventKind.CSP_VIOLATION,
        EventKind.TOKEN_UNKNOWN,
        EventKind.TOKEN_INTROSPECTED,
        EventKind.TRANSPORT_UNKNOWN,
        EventKind.TICKET_CREATED,
        EventKind.TICKET_REDEEMED,
        EventKind.HANDOVER_CREATED,
        EventKind.REVOCATION_FEED_LOST,
    }
)
"""Kinds that are not kept in the table: frequent ones, those that any caller can cause for free, and the one that is
published while the database may not answer."""

HOURLY = frozenset(
    {
        EventKind.LOGIN_FAILED,
        EventKind.LOGIN_REFUSED,
        EventKind.HANDOVER_REFUSED,
        EventKind.LOGIN_ALERT,
        EventKind.RATE_LIMIT_STORAGE,
        EventKind.LOGIN_RATE_LIMITED,
        EventKind.CLIENT_REFUSED,
        EventKind.CONTEXT_CHANGED,
        EventKind.REFRESH_REFUSED,
        EventKind.REFRESH_CONCURRENT,
        EventKind.PLAIN_HTTP,
        EventKind.EXPOSED_TOKEN_USED,
        EventKind.KEYS_UNUSABLE,
    }
)
"""Kinds that somebody could cause at will: counted in a row an hour."""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One thing that happened. Neither a token nor anything that a person typed is ever part of it.

    Attributes:
        kind: What happened.
        at: When, in microseconds since 1970.
        user_id: The key of the user as a str, or empty.
        session_id: The id of the session, or empty.
        client_id: The client, or empty.
        address: The client's address, or empty.
        details: A mapping of names to short strings and numbers.

    Source:
        OWASP ASVS 16.2.1 and 16.2.5.
    """

    kind: EventKind
    at: int
    user_id: str = ""
    session_id: str = ""
    client_id: str = ""
    address: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)


def publish(kind: EventKind, **members: Any) -> None:
    """Tell the signal and the log that something of this kind happened. Never raises."""
    tell(made(kind, **members))


def made(kind: EventKind, **members: Any) -> SecurityEvent:
    """An event that happens now and that nobody has been told of yet."""
    return SecurityEvent(kind, clock.now(), **members)


def tell(event: SecurityEvent) -> None:
    """Tell the signal and the log of this event. Never raises."""
    kind = event.kind
    level = logging.WARNING if kind in WARNINGS else logging.INFO
    if logger.isEnabledFor(level):  # the line takes longer to make than all the rest of an event
        logger.log(level, "%s", _line(event), extra={"event": event})
    for receiver, outcome in security_event.send_robust(sender=kind, event=event):
        if isinstance(outcome, Exception):
            name = getattr(receiver, "__qualname__", type(receiver).__name__)
            logger.error("receiver %s of security_event failed: %s", name, type(outcome).__name__)


SAMPLE_SECONDS = 1.0
"""How far apart two events of one sampled kind are, in seconds."""


def publish_sampled(kind: EventKind, details: Mapping[str, str | int] | None = None, **members: Any) -> None:
    """Publish what anybody can cause at will: at most once a second, with how many were left out before."""
    now = clock.monotonic()
    with _lock:
        last, left_out = _sampled.get(kind, (-math.inf, 0))
        due = now - last >= SAMPLE_SECONDS
        _sampled[kind] = (now, 0) if due else (last, left_out + 1)
    if due:
        publish(kind, **members, details={**(details or {}), "left_out": left_out})


def forget_samples() -> None:
    """Begin to sample anew. For tests."""
    with _lock:
        _sampled.clear()


_lock = threading.Lock()
_sampled: dict[EventKind, tuple[float, int]] = {}


def _line(event: SecurityEvent) -> str:
    """One line whatever the members hold: JSON escapes line breaks and control characters (ASVS 16.4.1)."""
    return json.dumps(members_of(event))


def members_of(event: SecurityEvent) -> dict[str, str | int]:
    """What the log line of an event holds, without what is empty.

    A detail never stands in place of a field, also of one that is empty.
    """
    members: dict[str, str | int] = {
        "event": event.kind.value,
        "at": event.at,
        "user": event.user_id,
        "session": event.session_id,
        "client": event.client_id,
        "address": event.address,
    }
    members |= {f"detail_{name}" if name in members else name: value for name, value in event.details.items()}
    return {name: value for name, value in members.items() if value != ""}
