"""Audits trees in an interpreter of its own and tells what it did: `python -m tests.hostile_run`.

Reads a list of (folder, arguments) as JSON and answers with a list of what came of each. Every process that is
started and every connection that is made is noted by a hook of the interpreter itself.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
import time
from typing import Any

from django_bearer.cli import main

STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "os.spawn"}
STARTS |= {"pty.spawn", "socket.connect", "socket.bind"}
_noted: list[str] = []


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in STARTS:
        _noted.append(f"{event} {arguments!r:.200}")


def audited(folder: str, arguments: list[str]) -> dict[str, Any]:
    """What one run says and does."""
    os.chdir(folder)
    out, told = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    kept = sys.argv, sys.stdout, sys.stderr
    sys.argv, sys.stdout, sys.stderr = ["django-bearer", "audit", *arguments], out, told
    _noted.clear()
    began, code = time.process_time(), 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv, sys.stdout, sys.stderr = kept
    gc.unfreeze()
    gc.enable()
    gc.collect()
    said = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, told)]  # type: ignore[attr-defined]
    return {"code": code, "out": said[0], "told": said[1], "did": list(_noted), "took": time.process_time() - began}


if __name__ == "__main__":
    sys.addaudithook(hook)
    print(json.dumps([audited(folder, arguments) for folder, arguments in json.load(sys.stdin)]))
