"""A run of the attack demo for the page: in a process of its own, against a server of its own."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from typing import Any

from demo.running import ROOT

_lock = threading.Lock()
_process: subprocess.Popen[str] | None = None
_results: list[dict[str, Any]] = []


def start() -> bool:
    """Begin a run; False if one is going on."""
    global _process
    with _lock:
        if is_running():
            return False
        _results.clear()
        command = [sys.executable, "-m", "demo.attacks", "--json"]
        _process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=_read, args=(_process,), daemon=True).start()
    return True


def _read(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        _results.append(json.loads(line))
    process.wait()


def is_running() -> bool:
    """Whether a run goes on."""
    return _process is not None and _process.poll() is None


def results(after: int) -> list[dict[str, Any]]:
    """The outcomes of the steps after that number."""
    return [one for one in list(_results) if one["number"] > after]


@atexit.register
def _stop() -> None:
    if _process is not None and is_running():
        _process.terminate()
