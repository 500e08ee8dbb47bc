"""Every kind of user model lives through the same scenario, each in a process of its own: it is fixed at start-up."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from . import databases

ROOT = Path(__file__).parent.parent
MODELS = ["auth", "uuidkey", "email", "noactive", "multitable", "elsewhere", "softdelete", "namekey", "publicid"]
OFTEN = {("email", "sqlite")}
"""What every run lives through; a long run takes all of them."""
SCENARIO = "tests/usermodels/scenario.py"
LEAST = 11
"""Tests of the scenario that suit every model."""


def live_through(scenario: str, known: dict[str, dict[str, Any]], least: int = LEAST, **settings: str) -> None:
    """Run the tests of a scenario in a process that has these databases and this in its environment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "BEARER_"))}
    environment = {**inherited, **settings, databases.WHOLE: json.dumps(known)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:xdist", scenario],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert passed is not None
    assert int(passed[1]) >= least, done.stdout


def sqlite(file: Path) -> dict[str, Any]:
    engine = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"init_command": databases.NO_FLUSH}}
    return {**engine, "NAME": str(file), "TEST": {"NAME": str(file)}}


def models(names: Iterable[str], vendor: str) -> list[Any]:
    return [pytest.param(name, marks=[] if (name, vendor) in OFTEN else [pytest.mark.hard]) for name in names]


@pytest.mark.parametrize("model", models(MODELS, "sqlite"))
def test_on_sqlite(model: str, tmp_path: Path) -> None:
    known = {"default": sqlite(tmp_path / "sessions.sqlite3")}
    if model == "elsewhere":
        known["users"] = sqlite(tmp_path / "users.sqlite3")
    live_through(SCENARIO, known, BEARER_TEST_USER=f"{model}.User")


@pytest.mark.parametrize("model", models(["auth", "uuidkey", "multitable"], "postgres"))
@pytest.mark.django_db(transaction=True, databases=["postgres"])
def test_on_postgres(model: str) -> None:
    server = {name: connections["postgres"].settings_dict[name] for name in ("ENGINE", "HOST", "USER")}
    known = {"default": {**server, "NAME": f"{model}-{os.getpid()}"}}
    live_through(SCENARIO, known, BEARER_TEST_USER=f"{model}.User")
