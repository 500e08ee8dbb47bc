"""A server that a test starts may say as much as it likes."""

from __future__ import annotations

import time
from pathlib import Path

from tools.support.new_project import NewProject
from tools.support.timeouts import HANG

TALKS = """
import pathlib, signal

print("http://127.0.0.1:1", flush=True)
for _ in range(5_000):
    print("x" * 100)
pathlib.Path("said").touch()
signal.pause()
"""


def test_a_server_that_says_much_goes_on(tmp_path: Path) -> None:
    project = NewProject(tmp_path)
    project.write("talks.py", TALKS)
    with project.serving("talks.py"):
        until = time.monotonic() + HANG
        while not (tmp_path / "said").exists():
            assert time.monotonic() < until
    assert (tmp_path / "server.log").stat().st_size > 400_000
