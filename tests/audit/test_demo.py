"""The auditor finds every planted weakness of `demo/broken`, and nothing in our own code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from django_bearer.audit.engine import audit
from django_bearer.audit.finding import Persona
from django_bearer.audit.registry import all_rules

ROOT = Path(__file__).parents[2]
BROKEN = ROOT / "demo" / "broken"
RULES = {rule.id for rule in all_rules()}


def planted() -> list[tuple[str, int, str]]:
    files = sorted(file for file in BROKEN.rglob("*") if file.suffix in {".py", ".ts", ".js"})
    return [
        (file.relative_to(BROKEN).as_posix(), number, rule)
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), 1)
        for rule in re.findall(r"<- (BT\d{3})", line)
    ]


def test_every_planted_weakness_is_found() -> None:
    found = audit(BROKEN, persona=Persona.PEDANTIC).findings
    missed = [
        (path, line, rule)
        for path, line, rule in planted()
        if rule in RULES
        and not any(
            f.rule == rule and f.where.path == path and f.where.line_start <= line <= f.where.line_end for f in found
        )
    ]
    assert not missed


def test_the_demonstration_shows_all_rows() -> None:
    assert {int(rule[2]) for _, _, rule in planted()} == set(range(1, 9))


@pytest.mark.parametrize("folder", ["src", "demo", "tools", "benchmarks"])
def test_nothing_is_found_in_our_own_code(folder: str) -> None:
    if not (ROOT / folder).is_dir():
        pytest.skip(f"no {folder} here")
    report = audit(ROOT / folder, exclude=("broken/**",))
    assert [(f.rule, str(f.where), f.hit.message) for f in report.findings] == []
    assert not [skip for skip in report.skipped if " failed: " in skip.reason]
