"""A long run that was cut off goes on: passed tests are left out; failed and skipped tests run again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.record import Record
from tools.support.resuming import RECORD
from tools.support.timeouts import HANG

ROOT = Path(__file__).parents[1]
CONFTEST = "from tools.support import resuming\n\ndef pytest_configure(config):\n    resuming.begin(config)\n"
TESTS = """
import os
import pytest

def test_passes():
    pass

def test_fails_at_first():
    assert "SECOND" in os.environ

def test_is_skipped():
    pytest.skip("not here")

@pytest.fixture
def broken_at_its_end():
    yield
    assert "SECOND" in os.environ

def test_whose_end_fails_at_first(broken_at_its_end):
    pass
"""


def run(folder: Path, *options: str, **more: str) -> str:
    """The last line of a run of the tests in this folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), RECORD: str(folder / "record.jsonl"), **more}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider", *options, "."]
    command += ["-p", "no:django_bearer"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=HANG)
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "options", [pytest.param((), id="alone"), pytest.param(("-n", "2"), id="side by side", marks=pytest.mark.hard)]
)
def test_a_second_run_asks_only_for_what_has_not_passed(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_some.py").write_text(TESTS)
    first = run(tmp_path, *options)
    assert "1 failed" in first
    assert "1 error" in first
    assert list(Record(tmp_path / "record.jsonl").passed) == ["test_some.py::test_passes"]
    second = run(tmp_path, *options, SECOND="1")
    assert "2 passed, 1 skipped" in second
    assert len(Record(tmp_path / "record.jsonl").passed) == 3


def test_half_a_line_of_a_killed_run_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    path.write_text('{"name": "one", "seconds": 1.5}\n{"name": "two", "sec')
    record = Record(path)
    assert record.passed == {"one": 1.5}
    record.add("two", 2)
    assert Record(path).passed == {"one": 1.5, "two": 2}
    assert Record(tmp_path / "none.jsonl").passed == {}
