"""The report of the speed benchmark says whether each goal was met. No test measures speed."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import speed


def figure(ratio: float) -> dict[str, Any]:
    return {
        "median_us": 300.0,
        "added_us": 150.0,
        "ratio": ratio,
        "ratio_middle_half": [ratio - 0.01, ratio + 0.01],
        "statements": 1,
        "rows_added": 0,
    }


@pytest.mark.parametrize(("ratio", "verdict"), [(0.41, "goal 0.42: met"), (0.43, "goal 0.42: NOT met")])
def test_the_report_compares_the_figures_with_the_goal(ratio: float, verdict: str) -> None:
    found = {
        "machine": {"python": "3"},
        "cores used": "one",
        "rounds": 2,
        "groups": {"get": {"django-bearer": figure(ratio), "simplejwt": figure(1.0)}},
    }
    text = speed.report(found)
    assert verdict in text
    assert "| django-bearer" in text


def test_ratios_are_taken_within_a_round() -> None:
    def case(name: str, rounds: list[float]) -> speed.Case:
        return speed.Case(name, lambda *_: [], lambda _: [], rounds=rounds, samples=rounds)

    cases = [case("none", [1, 10, 1]), case("ours", [2, 20, 2]), case("simplejwt", [5, 50, 5])]
    assert speed._figures(cases)["ours"]["ratio"] == 0.25
