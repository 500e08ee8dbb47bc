"""A small run of the simulation: no honest session is lost, unless one of the two safeguards is switched off."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import chart, rotation_sim


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return rotation_sim.simulate(scale=0.02)


def lost(found: dict[str, Any], *, interval: bool, retry_key: bool) -> int:
    return sum(found["lost"][str(rotation_sim.Variant(interval, retry_key))].values())


def test_no_honest_session_is_lost(found: dict[str, Any]) -> None:
    assert found["sessions"] >= 40
    assert lost(found, interval=True, retry_key=True) == 0


@pytest.mark.parametrize(("interval", "retry_key"), [(True, False), (False, True), (False, False)])
def test_without_rotation_interval_or_retry_key_some_are(
    found: dict[str, Any], interval: bool, retry_key: bool
) -> None:
    assert lost(found, interval=interval, retry_key=retry_key) > 0


def test_an_attacker_is_detected_unless_it_follows_the_owner_closely(found: dict[str, Any]) -> None:
    for theft in found["attacker"]:
        undetected = theft["cadence"] == rotation_sim.SHADOW and theft["concurrent_uses"] == "event"
        assert (theft["never_ended"] == theft["thefts"]) is undetected
        assert not undetected or theft["median_events"] > 0


def test_the_table_and_the_chart_are_drawn(found: dict[str, Any]) -> None:
    assert "Honest sessions lost" in rotation_sim.report(found)
    assert ElementTree.fromstring(chart.bars("a < b", {"one": 1, "none": 0})).tag.endswith("svg")
