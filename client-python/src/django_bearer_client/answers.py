"""What an answer means for a refresh, and which refusal of the API asks for one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from .failures import Answer, is_passing
from .tokens import is_grant

ATTEMPTS = 3
MAX_WAIT = 5.0
"""Seconds that a call may be kept waiting by a server that says when to come back."""
PAUSE = 2.0
"""Seconds for which a failure is not tried again, unless the server says how long."""
MAX_PAUSE = 300.0
"""The longest of such pauses, in seconds: whatever stands between can name any time."""


@dataclass(frozen=True, slots=True)
class Done:
    """The answer has tokens."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the same again, after so many seconds."""

    after: float


@dataclass(frozen=True, slots=True)
class Fail:
    """Give up, and ask nobody again for so many seconds."""

    pause: float


def next_step(answer: Answer, attempt: int, chance: float) -> Done | Ended | Retry | Fail:
    """What an answer to a refresh means. `attempt` counts from 1; `chance` is a number from 0 up to 1.

    Only the server's own `session_ended` ends the session: a proxy's 401 says nothing about it.
    """
    if answer.status == 200 and is_grant(answer.members):
        return Done()
    if answer.status == 401 and answer.code == "session_ended":
        return Ended()
    wait = answer.retry_after
    if not is_passing(answer):
        return Fail(PAUSE)
    if wait is not None and wait > MAX_WAIT:
        return Fail(min(MAX_PAUSE, wait))
    if attempt >= ATTEMPTS:
        return Fail(max(PAUSE, wait or 0.0))
    return Retry(max(0.3 * 2 ** (attempt - 1) * (0.5 + chance / 2), wait or 0.0))


def retry_after(header: str | None, date: str | None) -> float | None:
    """Seconds in a Retry-After header (RFC 9110 section 10.2.3): a number, or a date by the server's own clock."""
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", header):
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - parsedate_to_datetime(date or "")).total_seconds())
    except (ValueError, TypeError):
        return None


_TOKEN = r"[\w!#$%&'*+.^`|~-]+"
_PART = re.compile(
    rf'[\s,]*(?:(?P<name>{_TOKEN})\s*=\s*(?P<value>"(?:[^"\\]|\\.)*"|[^\s,"]*)|(?P<scheme>{_TOKEN})(?=\s|,|$))',
    re.ASCII,
)
"""One parameter or the name of a scheme in a challenge (RFC 9110 section 11.6.1)."""


def says_invalid_token(status: int, challenge: str) -> bool:
    """Whether the API refused a call because of its token (RFC 6750 section 3.1)."""
    if status != 401:
        return False
    scheme, at = "", 0
    while part := _PART.match(challenge, at):
        at = part.end()
        if part["scheme"]:
            scheme = part["scheme"].lower()
        elif scheme == "bearer" and part["name"].lower() == "error" and part["value"].strip('"') == "invalid_token":
            return True
    return False
