"""The simulation in small: nobody honest is lost, and without what prevents it somebody is, so it can fail."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import chart, rotation_sim


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return rotation_sim.simulate(scale=0.02)


def lost(found: dict[str, Any], *, hold: bool, retry_key: bool) -> int:
    return sum(found["lost"][str(rotation_sim.Variant(hold, retry_key))].values())


def test_no_honest_session_is_lost(found: dict[str, Any]) -> None:
    assert found["sessions"] >= 40
    assert lost(found, hold=True, retry_key=True) == 0


@pytest.mark.parametrize(("hold", "retry_key"), [(True, False), (False, True), (False, False)])
def test_without_hold_or_retry_key_some_are(found: dict[str, Any], hold: bool, retry_key: bool) -> None:
    assert lost(found, hold=hold, retry_key=retry_key) > 0


def test_a_thief_is_noticed_unless_it_follows_the_owner_closely(found: dict[str, Any]) -> None:
    for theft in found["thief"]:
        rides = theft["cadence"] == rotation_sim.SHADOW and theft["concurrent_uses"] == "event"
        assert (theft["never_ended"] == theft["thefts"]) is rides
        assert not rides or theft["median_events"] > 0


def test_the_table_and_the_chart_are_drawn(found: dict[str, Any]) -> None:
    assert "Honest sessions lost" in rotation_sim.report(found)
    assert ElementTree.fromstring(chart.bars("a < b", {"one": 1, "none": 0})).tag.endswith("svg")
