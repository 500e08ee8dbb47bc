"""How many examples a property gets that costs more than most: few in every run, many in a long one."""

from __future__ import annotations

import os


def examples(usual: int, hard: int) -> int:
    """`hard` in a run of `make hard`."""
    return hard if os.environ.get("HYPOTHESIS_PROFILE") == "hard" else usual
