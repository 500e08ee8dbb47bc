"""No test fails by its own clock: whatever waits does so for as long as `tools/support/timeouts.py` says."""

from __future__ import annotations

import re

import pytest

from tools.support.new_project import ROOT

FILES = sorted(
    path
    for folder in ("tests", "library/tests", "auditor/tests", "client-python/tests", "tools")
    for path in (ROOT / folder).rglob("*.py")
    if not {"rules", "cases"} & set(path.relative_to(ROOT).parts)
)
SHORT = {
    "a timeout in figures": re.compile(r"\btimeout=\d"),
    "a wait in figures": re.compile(r"\.(wait|join|acquire|result)\(\d"),
    "a client that gives up after five seconds": re.compile(r"httpx\.(Client|get|post)\((?!.*timeout)[^\n]*\)"),
    "a browser that gives up after thirty seconds": re.compile(r"\.new_context\("),
}
ALLOWED = {"tools/support/chromium.py"}
"""Where a browser learns how long to wait."""


@pytest.mark.parametrize("what", SHORT)
def test_everything_waits_for_long_enough(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        if path.relative_to(ROOT).as_posix() not in ALLOWED
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if SHORT[what].search(line)
    ]
    assert found == []
