"""The auditor finds every planted weakness of `auditor/examples/vulnerable`, and nothing in our own code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from django_bearer_audit.command import Format
from django_bearer_audit.engine import audit
from django_bearer_audit.finding import Persona

ROOT = Path(__file__).parents[2]
BROKEN = ROOT / "auditor" / "examples" / "vulnerable"


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
        if not any(
            f.rule == rule and f.where.path == path and f.where.line_start <= line <= f.where.line_end for f in found
        )
    ]
    assert not missed


def test_the_demonstration_shows_all_rows() -> None:
    assert {int(rule[2]) for _, _, rule in planted()} == set(range(1, 9))


def told(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-c", "from django_bearer.cli import main; main()", "audit", str(BROKEN)]
    done = subprocess.run([*command, "--no-cache", *arguments], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize("form", list(Format))
def test_every_format_tells_of_it(form: Format) -> None:
    code, out = told("--format", form)
    assert code == 1
    assert "broken/settings.py" in out
    if form in {Format.JSON, Format.SARIF}:
        assert json.loads(out)


def test_the_html_report_shows_the_routes() -> None:
    _, page = told("--format", "html")
    assert "<caption>9 routes and methods</caption>" in page
    assert re.search(r"<td>DELETE</td><td>/api/notes/&lt;int:pk&gt;/</td><td>EVERYBODY</td>", page)
    _, other = told("--format", "json")
    assert "EVERYBODY" not in other


def test_its_route_table() -> None:
    code, out = told("--routes")
    assert code == 0
    assert re.search(r"DELETE +/api/notes/<int:pk>/ +EVERYBODY +notes.views.NoteView; permission: AllowAny", out)
    assert "9 routes and methods: 6 everybody, 3 who passes the view's own check" in out


@pytest.mark.parametrize("folder", ["src", "demo", "tools", "benchmarks"])
def test_nothing_is_found_in_our_own_code(folder: str) -> None:
    report = audit(ROOT / folder, exclude=("broken/**",))
    assert [(f.rule, str(f.where), f.hit.message) for f in report.findings] == []
    assert not [skip for skip in report.skipped if " failed: " in skip.reason]
