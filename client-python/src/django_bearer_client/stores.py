"""Where tokens are kept: what a store has to do."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol

from .tokens import Tokens


class TokenStore(Protocol):
    """A place for the tokens of one session, with a lock for all who share it.

    `TokenFile` is one. Write another for a key store of your platform.
    """

    def load(self) -> Tokens | None:
        """Return what is stored, or None.

        Raises:
            TokenFileError: What is stored cannot be read, or must not be.
        """

    def save(self, tokens: Tokens) -> None:
        """Store it, so that it survives the end of this process.

        Args:
            tokens: The tokens, in the place of those before.

        Raises:
            TokenFileError: It could not be stored.
        """

    def try_lock(self) -> bool:
        """Take the lock without waiting, and return whether this call has it now.

        Nobody else has it then: no other thread or task of this process, and no other process.
        """

    def unlock(self) -> None:
        """Give the lock back."""


class ThreadLock:
    """A lock between threads and tasks that is free in a process that was forked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _ALL.add(self)

    def renew(self) -> None:
        self._lock = threading.Lock()

    def acquire(self) -> bool:
        """Take it without waiting."""
        return self._lock.acquire(blocking=False)

    def release(self) -> None:
        self._lock.release()


_ALL: weakref.WeakSet[ThreadLock] = weakref.WeakSet()


def _after_fork() -> None:
    for lock in list(_ALL):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
