"""A TLS socket whose uses share one deadline: a receiver that sends a byte now and then holds a sender no longer.

The timeout of a socket holds for each use of it. Python's HTTP client reads as often as the other side makes it,
so a timeout alone bounds nothing.
"""

from __future__ import annotations

import io
import ssl
from typing import Any

from ...primitives import clock


def left(until: float) -> float:
    """Seconds until a time of `clock.monotonic`. Raises `TimeoutError` when it has passed."""
    seconds = until - clock.monotonic()
    if seconds <= 0:
        raise TimeoutError("the time for the whole exchange is over")
    return seconds


class TimedSocket:
    """What the HTTP client uses of a socket. Each use raises `TimeoutError` at `until` of `clock.monotonic`."""

    def __init__(self, sock: ssl.SSLSocket, until: float) -> None:
        self._sock, self._until = sock, until

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(left(self._until))
            rest = rest[self._sock.send(rest) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """A file to read from; `mode` is always "rb"."""
        return io.BufferedReader(_Reader(self._sock, self._until))

    def close(self) -> None:
        """Close the connection, without waiting for the other side."""
        self._sock.close()


class _Reader(io.RawIOBase):
    def __init__(self, sock: ssl.SSLSocket, until: float) -> None:
        self._sock, self._until = sock, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(left(self._until))
        return self._sock.recv_into(buffer)
