"""Every rule flags its bad cases on the marked lines, leaves its good ones alone, and is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.finding import Persona
from django_bearer_audit.per_module import PerModule
from django_bearer_audit.registry import Rule, all_rules
from tests.cases import FOLDER, Case, cases

RULES = {rule.id: rule for rule in all_rules()}
PAGES = Path(__file__).parents[2] / "docs" / "audit" / "rules"


def every(kind: str) -> list[Case]:
    return [case for rule in RULES for case in cases(rule, kind)]


@pytest.mark.parametrize("case", every("bad"), ids=str)
def test_a_bad_case_is_flagged_where_it_is_marked(case: Case, tmp_path: Path) -> None:
    project = case.build(tmp_path / "project")
    report = audit(project, rules=[RULES[case.rule]], persona=Persona.PEDANTIC)
    assert not [skip for skip in report.skipped if "failed" in skip.reason]
    assert report.findings
    marks = case.marks(project)
    hit = {mark for mark in marks for f in report.findings if _covers(f.where, mark)}
    assert hit == marks, f"marked but not flagged: {marks - hit}"
    if marks:
        stray = [f.where for f in report.findings if not any(_covers(f.where, mark) for mark in marks)]
        assert not stray, f"flagged but not marked: {stray}"


@pytest.mark.parametrize("case", every("good"), ids=str)
def test_a_good_case_is_left_alone(case: Case, tmp_path: Path) -> None:
    report = audit(case.build(tmp_path / "project"), rules=[RULES[case.rule]])
    assert not [skip for skip in report.skipped if "failed" in skip.reason]
    assert [f.where for f in report.findings] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_is_complete(rule: Rule) -> None:
    assert re.fullmatch(r"BT[1-8]\d\d", rule.id)
    assert re.fullmatch(r"CWE-\d+", rule.cwe)
    written = rule.check.judge if isinstance(rule.check, PerModule) else rule.check
    assert written.__module__.rpartition(".")[2].startswith(f"{rule.id.lower()}_")
    assert rule.doc.splitlines()[0].endswith(".")
    assert "\nFix: " in rule.doc
    assert cases(rule.id, "bad"), "a rule needs a bad case"
    assert cases(rule.id, "good"), "a rule needs a good case"
    assert (PAGES / f"{rule.id}.md").is_file(), "run tools/rule_pages.py"


def test_ids_cases_and_pages_belong_to_rules() -> None:
    assert len(RULES) == len(all_rules())
    assert {folder.name for folder in FOLDER.iterdir() if folder.is_dir()} <= set(RULES)
    assert {page.stem for page in PAGES.glob("BT*.md")} == set(RULES)


def _covers(place: object, mark: tuple[str, int]) -> bool:
    path, line = mark
    return bool(place.path == path and place.line_start <= line <= place.line_end)  # type: ignore[attr-defined]
