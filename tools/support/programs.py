"""Programs that a test starts and waits for: a port that is free, and a server that says when it is ready."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(command: Sequence[str], folder: Path, ready: str, env: Mapping[str, str] | None = None) -> Iterator[None]:
    """The program, from the line in which it says `ready` on. Raises `AssertionError` with its output if it ends."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=None if env is None else dict(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        try:
            for line in process.stdout:
                said += line
                if ready in line:
                    break
            else:
                raise AssertionError(said)
            yield
        finally:
            process.terminate()
