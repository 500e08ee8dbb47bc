"""The pytest plugin by which a test kills a mutant: a test that fails does, an error before or after a test does not.

pytest's own exit status says 1 for both, and so calls a mutant killed where a server could not start.
"""

from __future__ import annotations

import pytest

LIVES, KILLED, NOT_JUDGED = 0, 1, 70
"""The exit status where every test passed, where one failed, and where some could not be asked and none failed.
pytest's own statuses from 2 to 5 judge nothing either."""
MOST_ERRORS = 20
"""Errors after which no further test is asked: what they need is not there."""


class Judging:
    """Stops at the first test that fails; goes on after an error."""

    def __init__(self) -> None:
        self.killed = False
        self.errors = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what failed, by the phase it failed in."""
        if report.failed and report.when == "call":
            self.killed = True
        elif report.failed:
            self.errors += 1

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Ask no further test once one has failed."""
        if self.killed:
            item.session.shouldfail = "killed"
        elif self.errors >= MOST_ERRORS:
            item.session.shouldstop = f"{self.errors} errors, and no test failed"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Say by the exit status which of the three it was."""
        if session.exitstatus == pytest.ExitCode.TESTS_FAILED and not self.killed:
            session.exitstatus = NOT_JUDGED


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Judging())
