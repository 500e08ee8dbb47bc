"""The command that measures how long a revocation takes to be known runs, with every way of pushing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import feed_delay

ROOT = Path(__file__).parents[2]


def test_figures_are_of_what_was_measured() -> None:
    delays = [number / 1000 for number in range(100)]
    assert feed_delay._figures("accepted", delays) == {
        "accepted p50 ms": 50.0,
        "accepted p99 ms": 99.0,
        "accepted most ms": 99.0,
    }


@pytest.mark.hard
def test_the_command_measures_every_way() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.feed_delay", "--revocations", "3", "--workers", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    for push in feed_delay.PUSHES:
        assert done.stdout.count(f"| {push} ") == 2
