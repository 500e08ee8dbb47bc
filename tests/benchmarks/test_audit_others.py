"""The output of other tools is parsed into lines that can be scored by the labels."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from benchmarks import audit_others


def test_bandit() -> None:
    each = {"filename": "./shop/a.py", "line_number": 3, "line_range": [3, 4, 5], "issue_cwe": {"id": 330}}
    each |= {"issue_severity": "LOW"}
    (line,) = audit_others.of_bandit(json.dumps({"results": [each]}))
    assert line == {"path": "shop/a.py", "line_start": 3, "line_end": 5, "cwe": "CWE-330", "medium": False}


def test_ruff_takes_the_cwe_of_the_check_it_ports(tmp_path: Path) -> None:
    each = {"filename": str(tmp_path / "a.py"), "code": "S105", "location": {"row": 2}, "end_location": {"row": 2}}
    (line,) = audit_others.of_ruff(json.dumps([each]), tmp_path)
    assert line == {"path": "a.py", "line_start": 2, "line_end": 2, "cwe": "CWE-259", "medium": True}


@pytest.mark.parametrize("named", ["CWE-347: Improper Verification", ["CWE-347: Improper Verification"]])
def test_semgrep(named: object) -> None:
    each = {"path": "a.py", "start": {"line": 1}, "end": {"line": 2}, "extra": {"metadata": {"cwe": named}}}
    each["extra"] |= {"severity": "WARNING"}
    (line,) = audit_others.of_semgrep(json.dumps({"results": [each]}))
    assert line == {"path": "a.py", "line_start": 1, "line_end": 2, "cwe": "CWE-347", "medium": True}


def test_a_finding_without_cwe_matches_no_label() -> None:
    each = {"path": "a.py", "start": {"line": 1}, "end": {"line": 1}, "extra": {"metadata": {}, "severity": "INFO"}}
    (line,) = audit_others.of_semgrep(json.dumps({"results": [each]}))
    assert line["cwe"] == "CWE-0"


def tool(folder: Path, code: str) -> Path:
    program = folder / "bin" / "bandit"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{code}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def found_by(program: Path, corpus: Path, *repos: str, limit: float = 60) -> list[audit_others.Line]:
    for repo in repos:
        (corpus / repo).mkdir()
    return audit_others.findings("bandit", program, corpus, None, repos, limit)


def test_a_tool_that_prints_nothing_ends_the_run(tmp_path: Path) -> None:
    program = tool(tmp_path, "raise SystemExit(3)")
    assert audit_others.available(tmp_path) == {"bandit": program}
    with pytest.raises(SystemExit, match="printed nothing and ended with 3"):
        found_by(program, tmp_path, "a+b")


def test_each_repository_is_searched_by_itself(tmp_path: Path) -> None:
    each = {"line_number": 1, "issue_severity": "HIGH"}
    code = f"import json; print(json.dumps({{'results': [{{'filename': './c.py', **{each}}}]}}))"
    lines = found_by(tool(tmp_path, code), tmp_path, "a+b", "c+d")
    assert [line["path"] for line in lines] == ["a+b/c.py", "c+d/c.py"]


def test_a_repository_that_takes_too_long_is_given_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found_by(tool(tmp_path, "import time; time.sleep(60)"), tmp_path, "a+b", limit=0.01) == []
    assert "given up bandit   a+b" in capsys.readouterr().out


def test_only_the_rules_on_authentication_are_chosen(tmp_path: Path) -> None:
    for folder in ("python/jwt", "python/boto3"):
        (tmp_path / folder).mkdir(parents=True)
    assert list(audit_others.chosen(tmp_path)) == ["--config", str((tmp_path / "python/jwt").resolve())]
    assert list(audit_others.chosen(None)) == []
