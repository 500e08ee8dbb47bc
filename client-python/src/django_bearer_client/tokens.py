"""The tokens of one session, as they are kept, and whether the access token is good for another call. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

VERSION = 1
"""Of the format; a reader refuses any other."""
MARGIN = 30.0
"""Seconds before its expiry from which a token is renewed; at most a tenth of its lifetime."""
CLOCK_STEP = 60.0
"""Seconds by which the clock may have been set back before a token counts as expired."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a session consists of. Times are in seconds since 1970."""

    api: str
    """The URL of the API that issued them. They are sent to no other."""
    client_id: str
    refresh_token: str = ""
    access_token: str = ""
    issued_at: float = 0.0
    expires_at: float = 0.0
    session_id: str = ""
    scope: str = ""
    retry_key: str = ""
    """Stored before a refresh is sent, so that a lost answer can be asked for again."""
    known_device_token: str = ""
    """Sent with the next login. It authenticates nobody."""

    def __repr__(self) -> str:
        return f"<Tokens of session {self.session_id or 'none'}>"

    def lives(self, now: float) -> bool:
        """Whether the access token has not expired, as far as this machine's clock tells."""
        return bool(self.access_token) and self.issued_at - CLOCK_STEP <= now < self.expires_at

    def is_fresh(self, now: float) -> bool:
        """Whether it lives long enough for a call to arrive."""
        margin = min(MARGIN, (self.expires_at - self.issued_at) / 10)
        return self.lives(now) and now < self.expires_at - margin

    def renewed(self, answer: Mapping[str, object], now: float) -> Tokens:
        """With the tokens of an answer that `is_grant`. Without a refresh token in it, the one at hand stays."""
        seconds = answer["expires_in"]
        assert isinstance(seconds, int | float)  # noqa: S101 - what `is_grant` has looked at
        refresh = _text(answer, "refresh_token")
        return replace(
            self,
            access_token=_text(answer, "access_token"),
            issued_at=now,
            expires_at=now + seconds,
            session_id=_text(answer, "session_id"),
            scope=_text(answer, "scope"),
            refresh_token=refresh or self.refresh_token,
            retry_key="" if refresh else self.retry_key,
            known_device_token=_text(answer, "known_device_token") or self.known_device_token,
        )

    def ended(self) -> Tokens:
        """Without the session. The known-device token stays for the next login."""
        return Tokens(self.api, self.client_id, known_device_token=self.known_device_token)

    def to_json(self) -> dict[str, object]:
        """As it is stored."""
        return {"version": VERSION, **asdict(self)}


def from_json(stored: object) -> Tokens:
    """What was stored. Raises `ValueError` for anything else."""
    if not isinstance(stored, dict) or stored.get("version") != VERSION:
        raise ValueError("it is no token file of this version")
    found: dict[str, Any] = {field.name: stored.get(field.name) for field in fields(Tokens)}
    for name, value in found.items():
        if isinstance(value, bool) or not isinstance(value, (int | float) if name.endswith("_at") else str):
            raise ValueError(f"{name} is missing or of another type")
    return Tokens(**found)


def tokens_in(answer: Mapping[str, object]) -> Mapping[str, object]:
    """The members that may be tokens: django-allauth's answers carry them in `meta`."""
    meta = answer.get("meta")
    return meta if isinstance(meta, Mapping) and "access_token" in meta else answer


def is_grant(answer: Mapping[str, object]) -> bool:
    """Whether the members of an answer are the tokens of a login or refresh (RFC 6749 section 5.1)."""
    seconds = answer.get("expires_in")
    kind = _text(answer, "token_type").lower()
    named = _text(answer, "access_token") and _text(answer, "session_id") and kind == "bearer"
    return bool(named) and isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 1e9


def _text(answer: Mapping[str, object], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""
