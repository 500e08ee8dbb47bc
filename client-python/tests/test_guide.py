"""The job of the guide, as it is printed, for a week of both clocks."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

import django_bearer_client
from django_bearer.primitives import clock as server_clock
from django_bearer_client import TokenFile, clock, server_errors
from django_bearer_client import errors as client_errors
from tools.support.new_project import ROOT, blocks

from .conftest import PASSWORD

GUIDE = ROOT / "docs" / "guide" / "python-client.md"
MOST_LINES = 40


@pytest.fixture
def week(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every sleep of an hour or more passes at once, on client and server."""
    slept: list[float] = []
    real_sleep, real_now = time.sleep, time.time

    def sleep(seconds: float) -> None:
        if seconds < 3600:
            return real_sleep(seconds)
        slept.append(seconds)
        return server_clock.advance(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(clock, "now", lambda: real_now() + sum(slept))
    return slept


def test_a_job_stays_logged_in_for_a_week(
    ann: Any,
    live_server: Any,
    week: list[float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    [code] = [block.code for block in blocks(GUIDE) if block.path == "report.py"]
    assert len(code.splitlines()) <= MOST_LINES
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPORT_USER", "ann")
    monkeypatch.setenv("REPORT_PASSWORD", PASSWORD)
    exec(code.replace("https://api.example.com", live_server.url), {})
    said = capsys.readouterr().out.splitlines()
    assert said == ["{'owner': 'ann'}"] * 28
    assert sum(week) == 7 * 86_400
    found = TokenFile(tmp_path / "report.tokens").load()
    assert found is not None
    assert not found.refresh_token, "logged out at the end"


def test_the_errors_of_the_guide_exist() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", GUIDE.read_text(), re.MULTILINE)
    assert len(rows) == 9
    for name, code in rows:
        assert getattr(client_errors, name, None) or getattr(server_errors, name)
        assert (getattr(client_errors, name, None) or getattr(server_errors, name)).code == code


def test_every_export_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "api" / "python-client.md").read_text()
    listed = set(re.findall(r"^::: django_bearer_client\.(\w+)$", page, re.MULTILINE))
    exported = set(django_bearer_client.__all__) - {"__version__"}
    assert listed <= exported
    assert all(
        issubclass(getattr(django_bearer_client, name), client_errors.ServerRefusal) for name in exported - listed
    )
