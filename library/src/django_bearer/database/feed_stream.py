"""News of the revocation feed by a stream of a Redis or Valkey server.

The stream holds one entry, the newest push. However many were sent, a reader asks for one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .feed_push import Push
from .redis_client import client

KEY = "{django-bearer}:feed"
BLOCK = 2.0
"""Seconds that the server holds a question for news."""
APART = 0.05
"""Seconds between two questions, however much news there is."""
logger = logging.getLogger("django_bearer.security")


class StreamPush(Push):
    """One thread that listens, and one that sends, for the first one waits for the server."""

    def __init__(self, uri: str, wake: Callable[[], None]) -> None:
        super().__init__(wake)
        self._uri = uri
        self._client: Any = None
        self._seen: Any = None
        self._to_send = threading.Event()
        self._threads.append(threading.Thread(target=self._send_all, name="django-bearer-push-send", daemon=True))

    def stop(self) -> None:
        """See `Push`."""
        super().stop()
        self._to_send.set()

    def send(self) -> None:
        """See `Push`."""
        self._to_send.set()

    def _open(self) -> None:
        self._client = self._client or client(self._uri, "REVOCATION_PUSH", timeout=3 * BLOCK)
        self._seen = self._newest()

    def _listen(self) -> bool:
        """Asked for the newest entry each time: its id may be smaller, where the stream or the clock was set back."""
        newest, before = self._newest(), self._seen
        if newest == before:
            self._client.xread({KEY: newest or "0-0"}, count=1, block=int(BLOCK * 1000))
            newest = self._newest()
        self._seen = newest
        if newest == before:
            return False
        self._stopped.wait(APART)
        return True

    def _newest(self) -> Any:
        found = self._client.xrevrange(KEY, count=1)
        return found[0][0] if found else None

    def _close(self) -> None:
        with suppress(Exception):  # whatever its library raises when it is told to disconnect
            if self._client is not None:
                self._client.close()

    def _send_all(self) -> None:
        sender: Any = None
        while self._to_send.wait() and not self._stopped.is_set():
            self._to_send.clear()
            try:
                sender = sender or client(self._uri, "REVOCATION_PUSH")
                sender.xadd(KEY, {"news": ""}, maxlen=1, approximate=False)
            except Exception as error:  # the others poll
                logger.info("news of revocations was not pushed: %s", type(error).__name__)
            self._stopped.wait(APART)
        if sender is not None:
            sender.close()
