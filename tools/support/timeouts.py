"""How long the tests wait for what must happen: long enough for a loaded machine, so that only a hang fails by it."""

from __future__ import annotations

HANG = 900.0
"""Seconds after which a process, a thread or an answer counts as hung. No test waits for it in a run that passes."""

STEP = 120.0
"""Seconds for one step in a browser, whose failing tests would otherwise take a run's whole time."""
