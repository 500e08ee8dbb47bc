"""The attack demo passes, and the lines that `demo.serve` prints work as printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.support.new_project import ROOT, shell_environment
from tools.support.timeouts import HANG


@pytest.mark.hard
def test_attack_demo() -> None:
    attacks = subprocess.run(
        [sys.executable, "-m", "demo.attacks"],
        cwd=ROOT,
        env=shell_environment(),
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    last = attacks.stdout.strip().splitlines()[-1]
    assert re.fullmatch(r"\d{2,} steps, 0 failed", last), attacks.stdout + attacks.stderr
    assert (attacks.returncode, attacks.stderr) == (0, "")
    assert "\x1b" not in attacks.stdout, "colours belong on a terminal only"


def test_lines_that_serve_prints(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "demo.serve"],
        cwd=ROOT,
        env={**shell_environment(), "DEMO_FOLDER": str(tmp_path), "DEMO_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as server:
        assert server.stdout is not None
        printed = list(iter(server.stdout.readline, "# Ctrl-C ends it.\n"))
        prose = ("The notes API", "dora ", "Open ", "Your browser", "Copy and paste")
        lines = "".join(line for line in printed if not line.startswith(prose))
        ran = subprocess.run(
            ["sh", "-euc", lines], cwd=ROOT, env=shell_environment(), capture_output=True, text=True, timeout=HANG
        )
        os.killpg(server.pid, signal.SIGINT)  # Ctrl-C reaches the server's process, too
        _, said = server.communicate(timeout=HANG)
    assert ran.returncode == 0, ran.stderr
    assert (server.returncode, said) == (0, "")
    for expected in (
        "The notes API is up.",
        '"text":"milk"',
        '"user": "ann"',
        '"expires_in": 300',
        "204",
        "HTTP/1.1 401",
    ):
        assert expected in ran.stdout, ran.stdout
    assert '"kty": "EC"' in ran.stdout
