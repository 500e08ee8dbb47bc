"""Start the demo's server in a process of its own, and stop it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.setup import Setup

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Running:
    """A running server."""

    process: subprocess.Popen[str]
    setup: Setup
    url: str
    plain: str

    def advance(self, seconds: float) -> None:
        """Move the server's clock forward."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"advance {seconds}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@contextmanager
def running(folder: Path, port: int = 0, seen_at: int | None = None) -> Iterator[Running]:
    """A server over `folder`, stopped at the end of the block. `seen_at` is the port of a proxy in front of it."""
    setup = Setup(folder).create()
    process = subprocess.Popen(
        [sys.executable, "-m", "demo.server", "--obey"],
        cwd=ROOT,
        env={**os.environ, "DEMO_FOLDER": str(folder), "DEMO_PORT": str(port), "DEMO_SEEN_AT": str(seen_at or "")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the demo's server did not start; its output is above")
        yield Running(process, setup, **json.loads(line))
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
