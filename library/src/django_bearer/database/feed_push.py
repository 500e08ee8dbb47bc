"""News of the revocation feed that is pushed: the reader polls at once, instead of when its next poll is due.

A push says only that something was committed. It carries no entry, refuses nothing and makes nothing known. What a
process knows, and until when, is decided by polls alone. So a push that is lost, late or forged changes nothing but
when a poll begins. A thread of its own listens and sends, so that whatever hangs here delays no poll.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from ..errors import ConfigurationError

RETRY = 5.0
"""Seconds until a server is tried again that was lost."""
REST = 60.0
"""The same where it cannot push, or somebody floods it."""
logger = logging.getLogger("django_bearer.security")


class NoPush(Exception):
    """Nothing can be pushed for now; the text says why."""


class Push(ABC):
    """Listens for pushes of other processes, and sends this one's. `wake` is called for each push, in its thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, name="django-bearer-push", daemon=True)]
        self.fault = "not connected yet"
        """Why nothing is pushed at the moment; empty where all is well."""

    def start(self) -> None:
        """Begin to listen, in a thread that ends with the process."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End soon. Nobody waits for it."""
        self._stopped.set()

    def join(self) -> None:
        """Wait for the end, after `stop`."""
        for thread in self._threads:
            thread.join()

    @abstractmethod
    def send(self) -> None:
        """Tell the other processes that there is news. Returns at once, and never raises."""

    @abstractmethod
    def _open(self) -> None:
        """Connect, and begin to listen. Raises whatever hinders it."""

    @abstractmethod
    def _listen(self) -> bool:
        """Wait for a push, some seconds at most. Returns whether there was one."""

    @abstractmethod
    def _close(self) -> None:
        """Disconnect. Never raises."""

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._stopped.wait(self._until_lost())

    def _until_lost(self) -> float:
        """Listen until the server is lost. Returns after how many seconds to try it again."""
        try:
            self._open()
            self.fault = ""
            logger.info("news of revocations is pushed")
            self._wake()  # for what was pushed while nobody listened
            while not self._stopped.is_set():
                if self._listen():
                    self._wake()
        except Exception as error:  # whatever it is, polls go on
            self._note(error)
            return REST if isinstance(error, (NoPush, ConfigurationError)) else RETRY
        finally:
            self._close()
        return 0.0

    def _note(self, error: Exception) -> None:
        said = str(error).strip() or type(error).__name__
        if said != self.fault:
            self.fault = said
            logger.warning("revocations are not pushed, and learned of by polls alone: %s", said)
