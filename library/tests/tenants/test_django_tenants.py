"""django-tenants itself, on PostgreSQL, its middleware above and below ours: lived through in its own process."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.db import connections

from tests import databases
from tests.test_user_models import live_through

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["postgres"]),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="its tenants have Django's own users"),
]


def server() -> dict[str, dict[str, Any]]:
    there = {name: connections["postgres"].settings_dict[name] for name in ("ENGINE", "HOST", "PORT", "USER")}
    return {"default": {**there, "NAME": f"tenants-{os.getpid()}"}}


@pytest.mark.hard
def test_every_order_of_the_middleware() -> None:
    live_through("tests/tenants/scenario.py", server(), DJANGO_SETTINGS_MODULE="tests.tenants.settings")
    assert databases.WHOLE not in os.environ


@pytest.mark.hard
def test_tenants_that_share_their_users() -> None:
    settings = "tests.tenants.shared_settings"
    live_through("tests/tenants/shared_scenario.py", server(), least=2, DJANGO_SETTINGS_MODULE=settings)
