"""A long run that was cut off goes on where it stopped: tests that have passed are written down and left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.record import Record

RECORD = "BEARER_TEST_RECORD"
"""Names, in the environment, the file that keeps what has passed. `tools/hard.py` sets it."""


class Resuming:
    """The pytest plugin behind `make hard`; without a record it is not there."""

    def __init__(self, record: Record, writes: bool) -> None:
        self.record = record
        self.done = frozenset(record.passed)
        self.writes = writes
        self.seconds: dict[str, float] = {}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what has passed; every worker of a run leaves out the same, since none has begun yet."""
        left_out = [item for item in items if item.nodeid in self.done]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item.nodeid not in self.done]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a test down when its last phase has passed. A test that was skipped is asked again."""
        if report.when == "call" and report.passed:
            self.seconds[report.nodeid] = report.duration
        if report.when == "teardown" and report.passed and report.nodeid in self.seconds and self.writes:
            self.record.add(report.nodeid, self.seconds.pop(report.nodeid))


def begin(config: pytest.Config) -> None:
    """Register the plugin where a record is named; only the process that gives the reports out writes."""
    if record := os.environ.get(RECORD):
        config.pluginmanager.register(Resuming(Record(Path(record)), writes=not hasattr(config, "workerinput")))
