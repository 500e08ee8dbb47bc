"""Starting the demo's server in a process of its own, and ending it by its id."""

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
    """A server that is up."""

    process: subprocess.Popen[str]
    place: Setup
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
    """A server over `folder`, stopped when the block is left. `seen_at` is the port of a proxy in front of it."""
    place = Setup(folder).furnish()
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
            raise SystemExit("the demo's server did not start; what it said stands above")
        yield Running(process, place, **json.loads(line))
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
