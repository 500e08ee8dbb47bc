"""The cookies of browser sessions: one for each session's refresh token, and one for known-device tokens.

A cookie's name contains a digest of its session, so a late answer sets or clears its own cookie only. With `__Host-`
the browser requires Secure, Path=/ and this host: no sibling host can set one (RFC 6265bis 4.1.3.2).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

PREFIX = "__Host-bearer-"
DEVICE = f"{PREFIX}device"
"""Contains the known-device tokens of the accounts that logged in in this browser, the latest first."""
REMEMBERED = f"{PREFIX}remembered"
"""Contains the remembered-device tokens of the accounts that were asked for a second factor in this browser."""
HANDOVER = f"{PREFIX}handover-"
"""Contains the state of one handover that this browser has begun, by a name made from its challenge."""
TICKET_PREFIX = "__Secure-bearer-"
TICKET = f"{TICKET_PREFIX}ticket"
"""Contains what a ticket was redeemed for. Below a path of its own it cannot have the prefix `__Host-`."""
_PREFIXES = (PREFIX.lower(), TICKET_PREFIX.lower())
WHITESPACE = " \t"
"""Whitespace around cookies (RFC 6265bis section 5.6)."""
MAX_DEVICES, _SEPARATOR = 5, "."
"""Known-device tokens in one cookie, and their separator: about a kilobyte in every request."""
DEVICE_MAX_AGE = 400 * 86_400
"""Seconds; browsers keep no cookie for longer (RFC 6265bis section 5.5)."""
_CACHE = "_django_bearer_cookies"
_TICKETS = "_django_bearer_ticket_cookies"


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set, or to clear where `value` is empty. `max_age` in seconds."""

    name: str
    value: str = field(repr=False)
    max_age: int
    path: str = "/"

    def put(self, response: Any) -> None:
        """Set it on a response: HttpOnly, Secure, SameSite=Strict."""
        response.set_cookie(
            self.name, self.value, max_age=self.max_age, path=self.path, secure=True, httponly=True, samesite="Strict"
        )


def name_of(client_id: str, session_id: uuid.UUID) -> str:
    """The name of a session's cookie. Two front ends that share a host keep apart by their clients."""
    return _of_client(client_id) + hashlib.sha256(b"cookie:" + session_id.bytes).hexdigest()[:16]


def _of_client(client_id: str) -> str:
    return f"{PREFIX}{hashlib.sha256(b'client:' + client_id.encode()).hexdigest()[:8]}-"


@sensitive_variables()
def of_session(client_id: str, session_id: uuid.UUID, token: str, max_age: int) -> Cookie:
    """The cookie that holds a session's refresh token."""
    return Cookie(name_of(client_id, session_id), token, max_age)


def expired(name: str) -> Cookie:
    """The cookie that clears this one."""
    return Cookie(name, "", 0)


def extract(request: HttpRequest) -> dict[str, str]:
    """Our cookies of a request, which are then hidden from every view and middleware below. May be called again."""
    # No local name for the header, nor for what holds it: the page of an error shows them.
    if _CACHE not in request.__dict__:
        request.__dict__[_CACHE] = _taken(request) if request.META.get("HTTP_COOKIE") else {}
    return request.__dict__[_CACHE]  # type: ignore[no-any-return]


@sensitive_variables()
def _taken(request: HttpRequest) -> dict[str, str]:
    header = str(request.META["HTTP_COOKIE"])
    lowered = header.lower()
    if not any(prefix in lowered for prefix in _PREFIXES):
        return {}
    ours, others, below = _split(header)
    if below:
        vars(request)[_TICKETS] = below
    request.META["HTTP_COOKIE"] = "; ".join(others)
    vars(request).pop("COOKIES", None)  # cached where somebody above has looked already
    return ours


@sensitive_variables()
def without_ours(header: str) -> str:
    """A `Cookie` header without our cookies."""
    return "; ".join(_split(header)[1]) if is_ours(header) else header


def is_ours(name: str) -> bool:
    """Whether a cookie's name, or a header, contains one of our prefixes, as browsers compare them."""
    lowered = name.lower()
    return any(prefix in lowered for prefix in _PREFIXES)


@sensitive_variables()
def _split(header: str) -> tuple[dict[str, str], Sequence[str], tuple[str, ...]]:
    """Our cookies by name, the first of each, the others as they came, and those of tickets, one a path.

    Names are compared as browsers compare them. A parser that strips what Python takes for whitespace (a no-break
    space, a control character) finds cookies under our prefix that a sibling host may have set. Django's parser does,
    so a cookie whose name contains the prefix in any case or place never reaches a view.
    """
    ours: dict[str, str] = {}
    others: list[str] = []
    below: list[str] = []
    for part in header.split(";"):
        name, _, value = part.strip(WHITESPACE).partition("=")
        if not any(prefix in name.lower() for prefix in _PREFIXES):
            others.append(part.strip(WHITESPACE))
        elif name.startswith(PREFIX):
            ours.setdefault(name, value)
        elif name == TICKET:
            below.append(value)
    return ours, [other for other in others if other], tuple(below)


def of_tickets(request: HttpRequest) -> tuple[str, ...]:
    """What the cookies of tickets contain, that of the longest path first, as browsers send them. After `extract`."""
    return request.__dict__.get(_TICKETS, ())  # type: ignore[no-any-return]


@sensitive_variables()
def of_ticket(secret: str, path: str, max_age: int) -> Cookie:
    """The cookie that goes on in place of a ticket, for its path and what lies below."""
    return Cookie(TICKET, secret, max_age, path)


def handover_name(challenge: str) -> str:
    """The name of the state cookie of a handover: each has its own, so that two tabs do not meet."""
    return HANDOVER + hashlib.sha256(b"handover:" + challenge.encode()).hexdigest()[:16]


@sensitive_variables()
def of_handover(challenge: str, secret: str, max_age: int) -> Cookie:
    """The state cookie of a handover that this browser begins. `max_age` in seconds."""
    return Cookie(handover_name(challenge), secret, max_age)


def tokens(found: dict[str, str], client_id: str) -> dict[str, str]:
    """Those with refresh tokens of this client's sessions."""
    return {name: value for name, value in found.items() if name.startswith(_of_client(client_id))}


@sensitive_variables()
def known_devices(request: HttpRequest) -> list[str]:
    """The known-device tokens that a browser sends, not yet checked."""
    return extract(request).get(DEVICE, "").split(_SEPARATOR, MAX_DEVICES)[:MAX_DEVICES]


@sensitive_variables()
def of_known_devices(credentials: Sequence[str]) -> Cookie:
    """The cookie for these known-device tokens."""
    return Cookie(DEVICE, _SEPARATOR.join(credentials[:MAX_DEVICES]), DEVICE_MAX_AGE)


@sensitive_variables()
def remembered_devices(request: HttpRequest) -> list[str]:
    """The remembered-device tokens that a browser sends, not yet checked."""
    found = extract(request).get(REMEMBERED, "")
    return found.split(_SEPARATOR, MAX_DEVICES)[:MAX_DEVICES] if found else []


@sensitive_variables()
def of_remembered_devices(tokens: Sequence[str], max_age: int) -> Cookie:
    """The cookie for these remembered-device tokens, the latest first. `max_age` in seconds."""
    return Cookie(REMEMBERED, _SEPARATOR.join(tokens[:MAX_DEVICES]), max_age)
