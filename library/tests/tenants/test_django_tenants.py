"""django-tenants itself, on PostgreSQL, its middleware above and below ours: lived through in its own process."""

from __future__ import annotations

import os

import pytest
from django.db import connections

from tests import databases
from tests.test_user_models import live_through


@pytest.mark.django_db(transaction=True, databases=["postgres"])
@pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="its tenants have Django's own users")
def test_every_order_of_the_middleware(monkeypatch: pytest.MonkeyPatch) -> None:
    server = {name: connections["postgres"].settings_dict[name] for name in ("ENGINE", "HOST", "PORT", "USER")}
    known = {"default": {**server, "NAME": f"tenants-{os.getpid()}"}}
    live_through("tests/tenants/scenario.py", known, DJANGO_SETTINGS_MODULE="tests.tenants.settings")
    assert databases.WHOLE not in os.environ
