"""Where a table is missing, an old token is answered 503 with a reason in the log, and never 500 or a lost login."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from django_bearer_migrate.missing_tables import missing
from library.tests.databases import EVERY, use

from .conftest import begin, bridge, forget
from .test_opaque_tokens import entries, of_authtoken, of_knox
from .test_simplejwt import get
from .test_trades import post

OWN = "django_bearer_migrate_accountstate"


@contextmanager
def without(table: str, alias: str) -> Iterator[None]:
    """The table under another name for a while."""
    quote = connections[alias].ops.quote_name
    with connections[alias].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {quote(table)} RENAME TO {quote('gone')}")
        try:
            forget()
            yield
        finally:
            cursor.execute(f"ALTER TABLE {quote('gone')} RENAME TO {quote(table)}")


@pytest.fixture(params=EVERY)
def ann_there(request: Any, django_user_model: Any) -> Iterator[tuple[Any, str]]:
    with use(request.param):
        yield begin(django_user_model.objects.create_user("ann", password="x")), request.param


def unavailable(answer: Any) -> None:
    assert answer.status_code == 503, answer.content
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize(("make", "table"), [(of_knox, "knox_authtoken"), (of_authtoken, "authtoken_token")])
def test_the_table_of_an_opaque_token(
    ann_there: tuple[Any, str], make: Any, table: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BEARER_MIGRATE = entries()
    ann, alias = ann_there
    token = make(ann)
    for gone in (table, OWN):
        with without(gone, alias), caplog.at_level(logging.DEBUG, "django_bearer"):
            unavailable(get(token, scheme="Token"))
            assert f"there is no table {gone}: run manage.py migrate" in caplog.text
    assert get(token, scheme="Token").status_code == 200


def test_tokens_of_simplejwt(ann_there: tuple[Any, str], settings: Any) -> None:
    settings.BEARER_MIGRATE = bridge()
    ann, alias = ann_there
    access, refresh = str(AccessToken.for_user(ann)), str(RefreshToken.for_user(ann))
    for gone in (OWN, "django_bearer_migrate_movestart", "django_bearer_migrate_trade"):
        with without(gone, alias):
            if gone != "django_bearer_migrate_trade":
                unavailable(get(access))
                unavailable(post({"token": access}, "/api/token/verify/"))
                unavailable(post({"refresh": refresh}, "/api/token/blacklist/"))
            unavailable(post({"refresh": refresh}))
    assert post({"refresh": refresh}).status_code == 200, "it was not spent"


def test_another_fault_of_the_database_is_none_of_these(ann_there: tuple[Any, str]) -> None:
    assert missing("knox") is None
