"""Tokens that last as long as the process."""

from __future__ import annotations

from .stores import ThreadLock
from .tokens import Tokens


class MemoryStore:
    """Keeps tokens in memory: the next start of the program has to log in again."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None
        self._lock = ThreadLock()

    def load(self) -> Tokens | None:
        """Return what is stored, or None."""
        return self._tokens

    def save(self, tokens: Tokens) -> None:
        """Store it.

        Args:
            tokens: The tokens, in the place of those before.
        """
        self._tokens = tokens

    def try_lock(self) -> bool:
        """Take the lock without waiting, and return whether this call has it now."""
        return self._lock.acquire()

    def unlock(self) -> None:
        """Give the lock back."""
        self._lock.release()
