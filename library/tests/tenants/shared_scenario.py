"""What must hold where all tenants share the users: one account at every host. Run by test_django_tenants.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from django_bearer import account_fingerprint, issue_login_unlock_token, redeem_login_unlock_token
from tests.conftest import PASSWORD

SERIALIZE = {} if django.VERSION >= (6, 0) else {"serialize": False}
"""Django 6.0 deprecates the argument, and serializes test databases only where a test asks for it."""

TENANTS = ("one", "two", "three")
LIMIT = 6


@pytest.fixture(scope="session", autouse=True)
def tenants(django_db_blocker: Any) -> Iterator[None]:
    """A database that all tests of this process share: to flush it would take the tenants along."""
    from tests.tenants.customers.models import Customer, Domain

    with django_db_blocker.unblock():
        connection.creation.create_test_db(verbosity=0, autoclobber=True, **SERIALIZE)
        for name in TENANTS:
            customer = Customer.objects.create(schema_name=name, name=name)
            Domain.objects.create(domain=f"{name}.example.com", tenant=customer, is_primary=True)
        yield
        connection.creation.destroy_test_db("", verbosity=0)


@pytest.fixture(autouse=True)
def project(settings: Any) -> None:
    settings.MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware", *settings.MIDDLEWARE]
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": f"{LIMIT}/day"}}
    connection.set_schema_to_public()  # type: ignore[attr-defined]


@pytest.fixture
def ann() -> Iterator[Any]:
    found = get_user_model().objects.create_user("ann", password=PASSWORD)
    yield found
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    found.delete()


def status(tenant: str, number: int) -> int:
    body = json.dumps({"username": "ann", "password": "wrong"})
    host, address = {"Host": f"{tenant}.example.com"}, f"192.0.2.{number}"
    url = "/auth/login/"
    return Client().post(url, body, "application/json", headers=host, secure=True, REMOTE_ADDR=address).status_code


def test_an_account_has_one_limit_at_all_tenants(ann: Any) -> None:
    tried = [status(tenant, 10 * place + turn) for place, tenant in enumerate(TENANTS) for turn in range(LIMIT)]
    assert tried == [401] * LIMIT + [429] * LIMIT * 2


def test_a_pass_and_a_fingerprint_are_of_the_account_wherever_they_are_asked_for(ann: Any) -> None:
    texts = set()
    for tenant in TENANTS:
        with schema_context(tenant):
            texts.add(account_fingerprint(ann))
    assert len(texts) == 1
    with schema_context("one"):
        mailed = issue_login_unlock_token(ann)
    with schema_context("two"):
        assert redeem_login_unlock_token(mailed or "", "ann")
        passes = [issue_login_unlock_token(ann) for _ in range(5)]
    assert [one is None for one in passes] == [False] * 4 + [True], "five in an hour, at all tenants together"
