"""What other tools print becomes lines that the labels can be scored by."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from benchmarks import audit_others


def test_bandit() -> None:
    each = {"filename": "./shop/a.py", "line_number": 3, "line_range": [3, 4, 5], "issue_cwe": {"id": 330}}
    (line,) = audit_others.of_bandit(json.dumps({"results": [each]}))
    assert line == {"path": "shop/a.py", "line_start": 3, "line_end": 5, "cwe": "CWE-330"}


def test_ruff_takes_the_cwe_of_the_check_it_ports(tmp_path: Path) -> None:
    each = {"filename": str(tmp_path / "a.py"), "code": "S105", "location": {"row": 2}, "end_location": {"row": 2}}
    (line,) = audit_others.of_ruff(json.dumps([each]), tmp_path)
    assert line == {"path": "a.py", "line_start": 2, "line_end": 2, "cwe": "CWE-259"}


@pytest.mark.parametrize("named", ["CWE-347: Improper Verification", ["CWE-347: Improper Verification"]])
def test_semgrep(named: object) -> None:
    each = {"path": "a.py", "start": {"line": 1}, "end": {"line": 2}, "extra": {"metadata": {"cwe": named}}}
    (line,) = audit_others.of_semgrep(json.dumps({"results": [each]}))
    assert line == {"path": "a.py", "line_start": 1, "line_end": 2, "cwe": "CWE-347"}


def test_a_finding_without_cwe_matches_no_label() -> None:
    each = {"path": "a.py", "start": {"line": 1}, "end": {"line": 1}, "extra": {"metadata": {}}}
    (line,) = audit_others.of_semgrep(json.dumps({"results": [each]}))
    assert line["cwe"] == "CWE-0"


def test_a_tool_that_prints_nothing_ends_the_run(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "bandit"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nraise SystemExit(3)\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert audit_others.available(tmp_path) == {"bandit": program}
    with pytest.raises(SystemExit, match="printed nothing and ended with 3"):
        list(audit_others.findings("bandit", program, tmp_path, None))


def test_only_the_rules_on_authentication_are_chosen(tmp_path: Path) -> None:
    for folder in ("python/jwt", "python/boto3"):
        (tmp_path / folder).mkdir(parents=True)
    assert list(audit_others.chosen(tmp_path)) == ["--config", str((tmp_path / "python/jwt").resolve())]
    assert list(audit_others.chosen(None)) == []
