"""What the `bearer` fixture is."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from .. import clock
from ..sessions.issue import IssuedTokens, issue_session


class Bearer:
    """Logs users in without a password, and moves the clock."""

    def __enter__(self) -> Bearer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        clock.reset()

    def login(self, user: Any, **options: Any) -> IssuedTokens:
        """Tokens of a new session for `user`; takes the options of `issue_session`."""
        return issue_session(user, **options)

    def headers(self, user: Any, **options: Any) -> dict[str, str]:
        """Headers that authenticate as `user`, for the `headers` argument of a test client's calls."""
        return {"Authorization": f"Bearer {self.login(user, **options).access_token}"}

    def advance(self, seconds: float) -> None:
        """Move every clock forward, the database's too."""
        clock.advance(seconds)
