"""Trees that somebody else has written, and repositories to compare them with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

FAULT = 'import jwt\n\n\ndef read(token):\n    return jwt.decode(token, options={"verify_signature": False})\n'
"""A finding, BT403, at line 5."""
_WHO = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder: Path, *words: str) -> str:
    """A git command of the test's own; what it says."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = {**known, **_ALONE, **_WHO}
    done = subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, told: str = "more") -> str:
    """Commit everything there is; the commit's name."""
    git(folder, "add", "-A", "-f", ".")
    git(folder, "commit", "-q", "--allow-empty", "-m", told)
    return git(folder, "rev-parse", "HEAD")


def repository(folder: Path, files: dict[str, str | bytes], *options: str) -> Path:
    """A new repository of one commit."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main", *options, ".")
    write(folder, files)
    commit(folder, "one")
    return folder


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
