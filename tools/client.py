"""Builds the browser client with npm, once for each state of its sources: `python tools/client.py`."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.support.timeouts import HANG

CLIENT = Path(__file__).parents[1] / "client-js"
MODULE = CLIENT / "dist" / "index.js"
MISSING = "the browser client needs Node 20 or later with npm, and there is none here"
SOURCES = ("src/*.ts", "test/*.ts", "types/*", "*.json", "build.mjs")


def available() -> bool:
    """Whether this machine can build it."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def run(*words: str) -> str:
    """What a command said in the client's folder. Raises `RuntimeError` with it when the command fails."""
    done = subprocess.run(
        words,
        cwd=CLIENT,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=HANG,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{done.stdout}")
    return done.stdout


def ensure() -> Path:
    """The built module, made now if its sources have changed; a build in another process is waited for."""
    folder = CLIENT / "node_modules"
    # `npm ci` deletes that folder, and a lock in it would be another one afterwards.
    with (CLIENT / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _once(folder / ".installed", _digest("package-lock.json"), "npm", "ci", "--ignore-scripts")
        _once(folder / ".built", _digest(*SOURCES), "npm", "run", "--silent", "build")
    return MODULE


def _once(stamp: Path, state: str, *words: str) -> None:
    if stamp.exists() and stamp.read_text() == state and (stamp.name != ".built" or MODULE.exists()):
        return
    run(*words)
    stamp.write_text(state)


def _digest(*patterns: str) -> str:
    found = sorted({path for pattern in patterns for path in CLIENT.glob(pattern)})
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in found)).hexdigest()


if __name__ == "__main__":
    if not available():
        print(MISSING, file=sys.stderr)
        sys.exit(0 if "--try" in sys.argv else 1)
    print(f"built {ensure().relative_to(CLIENT.parent)}")
