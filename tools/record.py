"""What a long run has passed so far, one JSON line each, in a file that outlives a run that is cut off."""

from __future__ import annotations

import json
from pathlib import Path


class Record:
    """The file, and what it says; a run that was killed may have left half a line, which is dropped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_text() if path.exists() else ""
        whole, _, half = text.rpartition("\n")
        if half:
            path.write_text(whole + "\n" if whole else "")
        lines = [json.loads(line) for line in whole.splitlines()]
        self.passed: dict[str, float] = {line["name"]: line["seconds"] for line in lines}

    def add(self, name: str, seconds: float) -> None:
        """Write down that `name` has passed, in so many seconds."""
        self.passed[name] = seconds
        with self.path.open("a") as file:
            file.write(json.dumps({"name": name, "seconds": round(seconds, 3)}) + "\n")
