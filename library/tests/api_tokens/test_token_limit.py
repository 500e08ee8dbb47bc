"""How many API tokens a user makes: in a day, and in transactions at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client

from django_bearer import issue_api_token, issue_session, revoke_api_token
from django_bearer.api_tokens.issue_and_revoke import service_account
from django_bearer.errors import InvalidRequest, RateLimited, TemporarilyUnavailable
from django_bearer.models import ApiToken
from django_bearer.primitives import clock
from tests import databases
from tests.long_waits import long_waits
from tools.support.timeouts import HANG

THREADS = 8


@pytest.fixture
def two(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "API_TOKEN_LIMIT": 2}


def make_and_revoke(owner: Any) -> None:
    revoke_api_token(issue_api_token(owner, name="x", expires_in=3600).id)


def test_making_and_revoking_has_an_end(two: None, ann: Any) -> None:
    for _ in range(8):
        make_and_revoke(ann)
    with pytest.raises(RateLimited) as refused:
        make_and_revoke(ann)
    assert refused.value.retry_after == 3600
    assert ApiToken.objects.count() == 8
    clock.advance(86_401)
    make_and_revoke(ann)


def test_the_endpoint_says_429(two: None, ann: Any) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
    for _ in range(8):
        make_and_revoke(ann)
    asked = {"name": "x", "expires_in": 3600}
    answer = Client().post("/auth/api-tokens/", asked, content_type="application/json", headers=headers)
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")


def test_services_are_the_operators(two: None, db: Any) -> None:
    service = service_account("deploy", create=True)
    for _ in range(12):
        make_and_revoke(service)


@pytest.mark.parametrize("database", databases.EVERY[1:], indirect=True)
@pytest.mark.parametrize("of", ["user", "service"])
def test_transactions_at_once_make_no_more_than_the_limit(
    of: str, database: str, two: None, django_user_model: Any
) -> None:
    owner = django_user_model.objects.using(database).create(username="ann") if of == "user" else None
    owner = owner or service_account("deploy", create=True)
    start = Barrier(THREADS)

    def make(_: int) -> bool:
        start.wait(HANG)
        try:
            with transaction.atomic(using=database):
                issue_api_token(owner, name="x", expires_in=3600)
        except (InvalidRequest, TemporarilyUnavailable):
            return False
        finally:
            connections.close_all()
        return True

    with long_waits(), ThreadPoolExecutor(THREADS) as pool:
        made = sum(pool.map(make, range(THREADS)))
    assert 0 < made <= 2
    assert ApiToken.objects.using(database).count() == made
