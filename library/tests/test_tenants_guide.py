"""The code in docs/guide/tenants.md, run as it stands through a real stack of middleware."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import router
from django.test import Client

from django_bearer import issue_session
from tests.feed_everywhere import exact_mode
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "tenants.md"
HOSTS = {"one.example.com": "default", "two.example.com": "postgres"}
pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "postgres"]),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="each tenant has Django's own users"),
]


@pytest.fixture
def guide(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    [code] = [block.code for block in blocks(GUIDE) if block.path == "mysite/tenants.py"]
    module: Any = ModuleType("mysite_tenants")
    exec(code, vars(module))
    module.DATABASES_OF = HOSTS
    monkeypatch.setitem(sys.modules, "mysite_tenants", module)
    monkeypatch.setattr(router, "routers", [module.Router()])
    [lines] = [block.code for block in blocks(GUIDE) if "DATABASE_ROUTERS" in block.code]
    names: dict[str, Any] = {"MIDDLEWARE": settings.MIDDLEWARE}
    exec(lines.replace("mysite.tenants", "mysite_tenants"), names)
    settings.MIDDLEWARE = names["MIDDLEWARE"]
    return module


@exact_mode("feed mode refuses tenants with databases of their own")
def test_a_database_for_each_host(guide: Any) -> None:
    tokens = {}
    for host, alias in HOSTS.items():
        with_tenant = guide.chosen.set(alias)
        tokens[host] = issue_session(get_user_model().objects.create_user(f"of {host}")).access_token
        guide.chosen.reset(with_tenant)
    for host in HOSTS:
        for holder, token in tokens.items():
            headers = {"Host": host, "Authorization": f"Bearer {token}"}
            answer = Client().get("/plain/", headers=headers, secure=True)
            assert answer.status_code == (200 if host == holder else 401)
            if host == holder:
                assert answer.json()["user"] == f"of {host}"
    assert Client().get("/plain/", headers={"Host": "three.example.com"}, secure=True).status_code == 404
    assert guide.chosen.get() is None


def test_the_order_for_django_tenants_is_the_one_that_is_tested() -> None:
    from tests.tenants.settings import TENANT_APPS

    [code] = [block.code for block in blocks(GUIDE) if "TenantMainMiddleware" in block.code]
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["TENANT_APPS"] == TENANT_APPS
    assert names["MIDDLEWARE"].index("django_bearer.BearerMiddleware") == 1
