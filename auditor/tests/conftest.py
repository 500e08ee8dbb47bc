"""What every test of the auditor stands on: long runs that go on, and properties without a deadline."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tools.support import resuming

NO_CLOCK: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
"""A test says what must hold, never in how many seconds."""
settings.register_profile("usual", **NO_CLOCK)
settings.register_profile("hard", **NO_CLOCK, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_configure(config: pytest.Config) -> None:
    resuming.begin(config)
