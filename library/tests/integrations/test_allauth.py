"""The logins through django-allauth, in a process whose project has it installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PLACE = Path(__file__).parents[2]
FILES = ["flows.py", "takeovers.py", "pending_flows.py", "factors.py"]


def test_the_flows() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly"]
    command += [f"tests/projects/through_allauth/{name}" for name in FILES]
    command.append("--ds=tests.projects.through_allauth.settings")
    # A worker of xdist names its databases by these; the other process has databases of its own.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    done = subprocess.run(command, cwd=PLACE, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
