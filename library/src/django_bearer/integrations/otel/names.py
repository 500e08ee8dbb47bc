"""Every metric with its unit and its labels, and which event counts where. Pure; knows no OpenTelemetry.

No label has a value that a caller chooses: each is one of a short list, and whatever is not becomes `other`. Nobody's
identity and no token is among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from ...errors import HTTPRefusal
from ...events import EventKind, SecurityEvent
from ...keys.keyring import KeyState
from ...sessions.rotation_rules import RejectReason, ReuseReason

OTHER = "other"
PREFIX = "django_bearer"


class Credential(StrEnum):
    """What authenticated a request."""

    SESSION = "session"
    API_TOKEN = "api_token"
    TICKET = "ticket"
    LEGACY = "legacy"
    NONE = "none"


class Outcome(StrEnum):
    """What became of a request's token."""

    AUTHENTICATED = "authenticated"
    REFUSED = "refused"
    NO_TOKEN = "no_token"


TABLES = (
    "api_token",
    "limited_login",
    "rate_limit_counter",
    "revoked_token",
    "security_event_record",
    "session",
    "ticket",
)
"""The models that grow with use, by the module that each has in `models`."""


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One metric: a counter, or a gauge that is read when it is asked for."""

    name: str
    unit: str
    about: str
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kind: Literal["counter", "gauge"] = "counter"


def _values(*found: str) -> frozenset[str]:
    return frozenset(found)


def codes(base: type[HTTPRefusal] = HTTPRefusal) -> frozenset[str]:
    """Every code of a refusal of ours. Those of a project's own subclasses are not among them."""
    ours = [found for found in base.__subclasses__() if found.__module__.startswith("django_bearer.")]
    return frozenset().union(*({found.code} | codes(found) for found in ours))


LOGINS = Metric(
    "logins",
    "{login}",
    "Logins, by what became of them.",
    {"outcome": _values("success", "failed", "refused", "rate_limited", "limited")},
)
REFRESHES = Metric(
    "refreshes",
    "{refresh}",
    "Refreshes that rotated a token or were refused, and why.",
    {"outcome": _values("rotated", "refused", "unknown", "concurrent"), "reason": _values("", *RejectReason)},
)
REUSE = Metric("reuse", "{token}", "Refresh tokens that came a second time.", {"reason": _values(*ReuseReason)})
REVOCATIONS = Metric(
    "revocations",
    "{revocation}",
    "What was ended before its time.",
    {"what": _values("session", "token", "api_token", "user", "service", "issuer")},
)
EVENTS = Metric("events", "{event}", "Security events, by their kind.", {"kind": _values(*EventKind)})
REFUSALS = Metric("refusals", "{refusal}", "Refusals, by their code.", {"code": codes()})
REQUESTS = Metric(
    "requests",
    "{request}",
    "Requests that BearerSpanMiddleware saw.",
    {"outcome": _values(*Outcome), "credential": _values(*Credential)},
)
KEY_AGE = Metric("signing_key.age", "s", "The age of the oldest key that signs.", kind="gauge")
KEYS = Metric(
    "signing_keys", "{key}", "Stored signing keys, by their state.", {"state": _values(*KeyState)}, kind="gauge"
)
ROWS = Metric("table.rows", "{row}", "Rows of a table, about.", {"table": _values(*TABLES)}, kind="gauge")

METRICS = (LOGINS, REFRESHES, REUSE, REVOCATIONS, REFUSALS, REQUESTS, EVENTS, KEY_AGE, KEYS, ROWS)


def bounded(metric: Metric, **labels: str) -> dict[str, str]:
    """These labels, each with a value of its list or `other`."""
    return {name: value if value in metric.labels[name] else OTHER for name, value in labels.items()}


_COUNTED: Mapping[EventKind, tuple[Metric, Mapping[str, str]]] = {
    EventKind.LOGIN_SUCCESS: (LOGINS, {"outcome": "success"}),
    EventKind.LOGIN_FAILED: (LOGINS, {"outcome": "failed"}),
    EventKind.LOGIN_REFUSED: (LOGINS, {"outcome": "refused"}),
    EventKind.LOGIN_RATE_LIMITED: (LOGINS, {"outcome": "rate_limited"}),
    EventKind.LOGIN_LIMITED: (LOGINS, {"outcome": "limited"}),
    EventKind.TOKEN_REFRESHED: (REFRESHES, {"outcome": "rotated", "reason": ""}),
    EventKind.REFRESH_REFUSED: (REFRESHES, {"outcome": "refused"}),
    EventKind.TOKEN_UNKNOWN: (REFRESHES, {"outcome": "unknown", "reason": ""}),
    EventKind.REFRESH_CONCURRENT: (REFRESHES, {"outcome": "concurrent", "reason": ""}),
    EventKind.TOKEN_REUSED: (REUSE, {}),
    EventKind.SESSION_REVOKED: (REVOCATIONS, {"what": "session"}),
    EventKind.TOKEN_REVOKED: (REVOCATIONS, {"what": "token"}),
    EventKind.API_TOKEN_REVOKED: (REVOCATIONS, {"what": "api_token"}),
    EventKind.LOGOUT_EVERYWHERE: (REVOCATIONS, {"what": "user"}),
    EventKind.USER_DISABLED: (REVOCATIONS, {"what": "user"}),
    EventKind.SERVICE_DISABLED: (REVOCATIONS, {"what": "service"}),
    EventKind.ISSUER_TOKENS_INVALIDATED: (REVOCATIONS, {"what": "issuer"}),
}
WITH_REASON = frozenset({EventKind.REFRESH_REFUSED, EventKind.TOKEN_REUSED})
"""Kinds whose `cause` is a value of ours. Those of other kinds may be a project's own words."""


def times(event: SecurityEvent) -> int:
    """For how many an event stands: one that is published at most once a second tells how many were left out."""
    left_out = event.details.get("left_out", 0)
    return 1 + (left_out if isinstance(left_out, int) and left_out > 0 else 0)


def counted(event: SecurityEvent) -> list[tuple[Metric, dict[str, str]]]:
    """What an event adds to, with its labels."""
    found = [(EVENTS, bounded(EVENTS, kind=event.kind.value))]
    if event.kind in _COUNTED:
        metric, fixed = _COUNTED[event.kind]
        reason = {"reason": str(event.details.get("cause", ""))} if event.kind in WITH_REASON else {}
        found.append((metric, bounded(metric, **fixed, **reason)))
    return found
