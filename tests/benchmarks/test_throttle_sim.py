"""A small run of the simulation of the login rate limits: it tells harmless traffic from an attack."""

from __future__ import annotations

import pytest

from benchmarks import throttle_sim
from django_bearer.models import RateLimitCounter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def issuer(settings: object) -> None:
    RateLimitCounter.objects.all().delete()


def test_nobody_in_a_normal_office_waits() -> None:
    found = throttle_sim.office(0.3, 10.0, 0.0)
    assert (found["people"], found["delayed"]) == (60, 0)


def test_many_within_seconds_wait() -> None:
    assert throttle_sim.office(1.0, 0.2, 0.0)["delayed"] > 0


def test_a_known_device_does_not_wait_even_then() -> None:
    assert throttle_sim.office(1.0, 0.2, 1.0)["delayed"] == 0


def test_a_botnet_is_bounded_and_the_owner_gets_in() -> None:
    found = throttle_sim.botnet(0.02, tries=3)
    assert found["tried"] == 600
    assert 100 <= found["admitted"] <= 200
    assert found["owner_let_in"] == found["owner"] == 24
    assert found["attacker_let_in"] < 24
    assert "owner let in" in throttle_sim.report({"office": [], "botnet": found})


def test_stolen_devices_do_not_add_up() -> None:
    found = throttle_sim.stolen(0.02, devices=40)
    assert found["tried"] == 400
    assert 100 <= found["admitted"] <= 200
    assert found["by_mail"] == found["owner"] == 24
    assert "by mail" in throttle_sim.report({"office": [], "botnet": found, "stolen": found})
