"""The report of the speed benchmark says whether each goal was met. No test measures speed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import measure, speed


def clock(ratio: float) -> dict[str, Any]:
    return {
        "median_us": 300.0,
        "added_us": 150.0,
        "added_us_middle_half": [140.0, 160.0],
        "ratio": ratio,
        "ratio_middle_half": [ratio - 0.01, ratio + 0.01],
    }


def figure(ratio: float) -> dict[str, Any]:
    return {
        "rounds": 2,
        "wall": clock(ratio),
        "cpu": clock(ratio),
        "statements": 1,
        "commits": 0,
        "rows_added": 0,
    }


def found(ratio: float) -> dict[str, Any]:
    return {
        "machine": {"python": "3"},
        "cores used": "one",
        "database": "postgresql",
        "rounds": 2,
        "groups": {"GET": {"django-bearer": figure(ratio), "simplejwt": figure(1.0)}},
        "growth": {"django-bearer": {"rows": 0, "bytes": 8192}},
    }


def case(name: str, times: list[float], baseline: str = "") -> measure.Case:
    return measure.Case(name, lambda *_: [], lambda _: [], baseline, wall=times, cpu=times)


@pytest.mark.parametrize(("ratio", "verdict"), [(0.41, "goal 0.42 of simplejwt: met"), (0.43, "NOT met (0.43)")])
def test_the_report_compares_the_figures_with_the_goal(ratio: float, verdict: str) -> None:
    text = speed.report(found(ratio))
    assert verdict in text
    assert "| django-bearer" in text


def test_ratios_are_taken_within_a_round() -> None:
    cases = [case("none", [1, 10, 1]), case("ours", [2, 20, 2]), case("simplejwt", [5, 50, 5])]
    figures = measure.figures(cases)
    assert figures["ours"]["wall"]["ratio"] == figures["ours"]["cpu"]["ratio"] == 0.25


def test_a_party_is_compared_with_a_baseline_of_its_own() -> None:
    cases = [case("none", [1, 1]), case("simplejwt", [5, 5]), case("other none", [3, 3])]
    cases.append(case("other", [5, 5], baseline="other none"))
    assert measure.figures(cases)["other"]["wall"]["added_us"] == 2


def test_the_limit_is_the_other_yardstick() -> None:
    cases = [case("none", [1, 1]), case("limit: it", [3, 3]), case("ours", [5, 5])]
    assert measure.figures(cases)["ours"]["wall"]["to_limit"] == 2


@pytest.mark.parametrize(
    ("sent", "commits"),
    [
        (["SELECT 1"], 0),
        (["UPDATE a SET b = 1"], 1),
        (["BEGIN", "INSERT INTO a", "UPDATE a", "COMMIT"], 1),
        (["BEGIN", "SELECT 1", "COMMIT"], 0),
        (["BEGIN", "INSERT INTO a", "ROLLBACK"], 0),
        (["BEGIN", "INSERT INTO a", "ROLLBACK TO SAVEPOINT s", "COMMIT"], 1),
        (["BEGIN", "INSERT INTO a", "COMMIT", "DELETE FROM a"], 2),
    ],
)
def test_commits_are_counted_where_something_was_written(sent: list[str], commits: int) -> None:
    assert measure.commits(sent) == commits


def test_figures_charts_and_page_are_written_from_all_databases_there_are(tmp_path: Path) -> None:
    speed.write(found(0.4), tmp_path)
    speed.write(found(0.5) | {"database": "sqlite"}, tmp_path)
    page = (tmp_path / "speed.md").read_text()
    assert "## PostgreSQL" in page
    assert "## SQLite" in page
    assert "## MariaDB" not in page
    assert json.loads((tmp_path / "speed-sqlite.json").read_text())["database"] == "sqlite"
    for scheme in ("light", "dark"):
        assert (tmp_path / f"postgresql-get-{scheme}.svg").read_text().startswith("<svg")
