"""The waits of the library, lengthened: what is served within seconds takes longer on a slow machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from tools.support.timeouts import HANG


@contextmanager
def long_waits() -> Iterator[None]:
    """Nobody of this process gives up a race, a lock or a connection before a run counts as hung."""
    from django_bearer.database import conflicts, extra_connections, independent_writes

    waits = {
        conflicts: ("MAX_SECONDS",),
        extra_connections: ("WAIT", "CONNECT_WAIT", "READ_WAIT"),
        independent_writes: ("LOCK_WAIT", "DEADLINE"),
    }
    with ExitStack() as stack:
        for module, names in waits.items():
            for name in names:
                stack.enter_context(patch.object(module, name, int(HANG)))
        yield


def redis(port: int) -> str:
    """The address of a server on this machine, which may take its time."""
    return f"redis://127.0.0.1:{port}/0?socket_timeout={HANG}&socket_connect_timeout={HANG}"
