"""The outcome of another package's suite: only what is listed with a reason may fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.other_suites import arguments, tell

REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_views.TestLogin" name="test_right"/>
<testcase classname="tests.test_views.TestLogin" name="test_wrong"><failure/></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("reasons", "status", "said"),
    [
        ({}, 1, "passed 1, failed 1, not applicable 0"),
        ({"TestLogin::test_wrong": "it asks for a colour"}, 0, "passed 1, failed 0, not applicable 1"),
        ({"test_right": "it passes all the same"}, 1, "passed 1, failed 1, not applicable 0"),
    ],
)
def test_what_fails_needs_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], reasons: dict[str, str], status: int, said: str
) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert tell(report, reasons) == status
    assert said in capsys.readouterr().out


def test_a_suite_that_did_not_run_has_not_passed(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text("<testsuites/>")
    assert tell(report, {}) == 1


def test_every_suite_is_run_unless_some_are_named() -> None:
    assert arguments([]).suite == ["authtoken", "dj_rest_auth", "knox", "simplejwt"]
    assert arguments(["knox"]).suite == ["knox"]
    with pytest.raises(SystemExit):
        arguments(["nox"])
