"""Every format is well formed, says what is needed and cannot be broken by what it shows."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.finding import Place, Report
from django_bearer_audit.registry import all_rules
from django_bearer_audit.report import github, html, junit, sarif, text
from django_bearer_audit.report import json as json_report
from django_bearer_audit.report.choice import most_important

HERE = Path(__file__).parent
NASTY = "</script><img src=x onerror=alert(1)>]]>\x1b[31m::error::\x0b"


@pytest.fixture
def report(tmp_path: Path) -> Report:
    (tmp_path / "a b").mkdir()
    (tmp_path / "settings.py").write_text("INSTALLED_APPS = []\nSECRET_KEY = 'in the source'\n")
    (tmp_path / "a b" / "ü.js").write_text(f'localStorage.setItem("token", t);  // {NASTY}\n')
    return audit(tmp_path)


def checked(told: str) -> dict[str, object]:
    data = json.loads(told)
    jsonschema.validate(data, json.loads((HERE / "sarif_constraints.json").read_text()))
    return data["runs"][0]  # type: ignore[no-any-return]


def test_sarif(report: Report) -> None:
    run = json.loads(json.dumps(checked(sarif.render(report))))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in all_rules()]
    assert all(any(tag.startswith("external/cwe/cwe-") for tag in r["properties"]["tags"]) for r in rules)
    assert len(run["results"]) == len(report.findings)
    for result, finding in zip(run["results"], report.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        assert result["partialFingerprints"] == {"bearer/v1": finding.fingerprint}
    uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
    assert "a%20b/%C3%BC.js" in uris


def test_a_name_of_the_tree_is_no_link_in_sarif(tmp_path: Path) -> None:
    (tmp_path / "[see](example.com).py").write_text("x = (\n")
    (tmp_path / "a.js").write_text('localStorage.setItem("token[a](example.com)", t);\n')
    told = sarif.render(audit(tmp_path))
    assert "example.com" in told
    assert "](" not in told


def test_sarif_of_a_clean_tree_is_an_empty_run(tmp_path: Path) -> None:
    run = checked(sarif.render(audit(tmp_path)))
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"]  # type: ignore[index]


def test_sarif_leaves_out_what_is_suppressed(tmp_path: Path) -> None:
    line = 'localStorage.setItem("token", t);  // bearer: ignore[BT304] -- a demo\n'
    (tmp_path / "a.js").write_text(line)
    report = audit(tmp_path)
    assert len(report.aside) == 1
    assert checked(sarif.render(report))["results"] == []


def test_github_escapes_line_breaks(report: Report) -> None:
    lines = github.render(report).splitlines()
    assert len(lines) == len(report.findings)
    assert all(
        re.match(r"::(notice|warning|error) file=[^,]+,line=\d+,endLine=\d+,title=BT\d+", line) for line in lines
    )


def test_github_names_what_is_suppressed(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('localStorage.setItem("token", t);  // bearer: ignore[BT304] -- a demo\n')
    told = github.render(audit(tmp_path))
    assert told == "::notice title=django-bearer::findings that are not shown: 1 suppressed in the code\n"
    (tmp_path / "nothing").mkdir()
    assert github.render(audit(tmp_path / "nothing")) == ""


def test_junit_has_a_case_for_each_rule(report: Report) -> None:
    root = ET.fromstring(junit.render(report))
    assert len(root.findall(".//testcase")) == len(all_rules())
    assert len(root.findall(".//failure")) == len({finding.rule for finding in report.findings})


def test_html_is_self_contained_and_escapes(report: Report) -> None:
    page = html.render(report)

    class Reader(HTMLParser):
        tags: list[str] = []
        headings: list[str] = []

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            self.tags.append(tag)
            assert tag not in {"script", "img", "link", "iframe"}
            assert not [name for name, _ in attributes if name in {"src", "onerror"}]

    reader = Reader()
    reader.feed(page)
    assert {"main", "caption", "article", "details"} <= set(reader.tags)
    assert "prefers-color-scheme: dark" in page
    assert "http" not in page.replace("http-equiv", "").replace("plain HTTP", "").lower().split("<main>")[0]


def test_html_shows_the_route_table_when_there_is_one(report: Report) -> None:
    from dataclasses import replace

    page = html.render(replace(report, routes=(("route", "who"), ("GET /me/", "anyone <b>"))))
    assert "Who may enter" in page
    assert "anyone &lt;b&gt;" in page


def test_text_cannot_steer_the_terminal(report: Report) -> None:
    told = text.render(report)
    assert "\x1b" not in told
    assert "localStorage.setItem" in told


def test_the_first_run_is_short(tmp_path: Path) -> None:
    for number in range(15):
        (tmp_path / f"{number}.js").write_text('localStorage.setItem("token", t);\n')
    (tmp_path / "settings.py").write_text("INSTALLED_APPS = []\nSECRET_KEY = 'in the source'\n")
    report = audit(tmp_path)
    told = text.render(report, first_run=True)
    assert told.count("  --> ") == len(most_important(report.findings)) == 10
    assert f"{len(report.findings) - 10} more" in told
    assert "--write-baseline" in told
    assert "BT401" in told
    assert text.render(report, first_run=True, everything=True).count("  --> ") == len(report.findings)
    assert text.render(report).count("  --> ") == len(report.findings)


def test_the_package_is_named_once_and_can_be_hidden(report: Report) -> None:
    assert text.render(report).rstrip().splitlines()[-1] == text.HINT
    assert text.HINT not in text.render(report, hint=False)


def test_json_has_its_documented_shape(report: Report) -> None:
    schema = re.search(r"```json\n(\{.*?\n\})\n```", (HERE.parents[1] / "docs/audit/output.md").read_text(), re.S)
    assert schema
    jsonschema.validate(json.loads(json_report.render(report)), json.loads(schema[1]))


def test_a_place_beyond_the_file_has_no_frame(report: Report) -> None:
    from django_bearer_audit.report.frame import Frames

    frames = Frames(Path(report.root))
    assert frames.of(Place("settings.py", 90, 99)) == ()
    assert frames.of(Place("gone.py", 1, 1)) == ()
