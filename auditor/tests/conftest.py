"""What every test of the auditor stands on: long runs that go on, and properties without a deadline."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tools.support import resuming

settings.register_profile("usual", deadline=None)  # a test says what must hold, never in how many seconds
settings.register_profile("hard", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_configure(config: pytest.Config) -> None:
    resuming.begin(config)
