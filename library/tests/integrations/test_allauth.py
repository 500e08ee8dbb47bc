"""The logins through django-allauth, in a process whose project has it installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[2]
OF_THIS_RUN = ("PYTEST_XDIST", "BEARER_TEST")
FILES = {
    "passwords and factors": ["flows.py", "takeovers.py", "pending_flows.py", "factors.py"],
    "other ways": [
        "remembered.py",
        "social.py",
        "resets.py",
        "vectors.py",
        "over_http.py",
        "python_client.py",
        "mobile_guide.py",
    ],
    "races": ["pending_flows.py", "-m", "hard"],
}
"""A process each, so that two may run at once. The races start a PostgreSQL of their own."""


@pytest.mark.parametrize(
    "which",
    ["passwords and factors", *(pytest.param(name, marks=pytest.mark.hard) for name in ("other ways", "races"))],
)
def test_the_flows(which: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly"]
    command += [f"tests/projects/through_allauth/{name}" if name.endswith(".py") else name for name in FILES[which]]
    command.append("--ds=tests.projects.through_allauth.settings")
    # A worker of xdist names its databases by these, and a run its servers; the other process has its own of both.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_THIS_RUN)}
    done = subprocess.run(command, cwd=PLACE, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
