"""Claims that a project adds: what becomes of their values, and of the session when they fail."""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.functional import lazystr

from django_bearer import decode_token, errors, issue_session, refresh_session
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions.custom_claims import MAX_BYTES
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
ID = uuid.UUID("5e551014-5e55-4014-8e55-5e5510145e55")


@pytest.fixture
def adds(settings: Any) -> Any:
    """What `CLAIMS` returns or raises, to be put into this list."""
    found: list[Any] = [{}]

    def claims(user: Any, session_id: uuid.UUID) -> Any:
        if isinstance(found[0], BaseException):
            raise found[0]
        return found[0]

    settings.BEARER = {**settings.BEARER, "EXTRA_CLAIMS": claims}
    return found


class Unsayable:
    def __repr__(self) -> str:
        return "the value"


def loop() -> dict[str, Any]:
    found: dict[str, Any] = {}
    found["again"] = found
    return found


GOOD = [
    ({"id": ID}, {"id": str(ID)}),
    ({"on": date(2026, 11, 29)}, {"on": "2026-11-29"}),
    ({"at": datetime(2026, 11, 29, 1, 2, 3, tzinfo=UTC)}, {"at": "2026-11-29T01:02:03Z"}),
    ({"for": timedelta(seconds=90)}, {"for": "P0DT00H01M30S"}),
    ({"price": Decimal("1.10")}, {"price": "1.10"}),
    ({"name": lazystr("Ann")}, {"name": "Ann"}),
    ({"deep": {"list": [1, 2.5, None, True, {"id": ID}]}}, {"deep": {"list": [1, 2.5, None, True, {"id": str(ID)}]}}),
    ({7: "number"}, {"7": "number"}),
    ({"smile": "\U0001f600"}, {"smile": "\U0001f600"}),
    ([("pairs", 1)], {"pairs": 1}),
]
BAD = [
    (RuntimeError("the profile service did not answer"), "raised RuntimeError"),
    (KeyError("role"), "raised KeyError"),
    (None, "raised TypeError"),
    (7, "raised TypeError"),
    ({"role": Unsayable()}, "claim 'role' with a Unsayable"),
    ({"fine": 1, "tags": {"a", "b"}}, "claim 'tags' with a set"),
    ({"score": float("nan")}, "claim 'score' with a float"),
    ({"score": [1, {"deep": float("inf")}]}, "claim 'score' with a list"),
    ({"huge": 10**5000}, "claim 'huge' with a int"),
    ({"raw": b"bytes"}, "claim 'raw' with a bytes"),
    ({("a", "b"): 1}, "JSON cannot hold"),
    ({"again": loop()}, "claim 'again' with a dict"),
    ({"half": "\ud800"}, "a strict reader"),
    ({1: "a", "1": "b"}, "a strict reader"),
    ({"many": [[]] * 400}, "a strict reader"),
    ({"sub": "somebody else"}, "reserved claim sub"),
    ({"cnf": {}}, "reserved claim cnf"),
    ({"long": "x" * MAX_BYTES}, f"more than {MAX_BYTES} bytes"),
]


@pytest.mark.parametrize(("given", "read"), GOOD, ids=lambda value: str(value)[:30])
def test_a_value_arrives_as_json_says_it(given: Any, read: Any, adds: Any, ann: Any) -> None:
    adds[0] = given
    issued = issue_session(ann)
    claims = decode_token(issued.access_token)
    assert dict(claims.custom) == read
    assert dict(decode_token(refresh_session(issued.refresh_token or "").access_token).custom) == read


def post(path: str, **body: str) -> Any:
    return Client().post(path, body, content_type="application/json")


@pytest.mark.parametrize(("given", "said"), BAD, ids=lambda value: str(value)[:30] if isinstance(value, str) else "")
def test_what_fails_costs_nothing(given: Any, said: str, adds: Any, ann: Any, caplog: Any) -> None:
    token = issue_session(ann).refresh_token
    before = list(Session.objects.values())
    adds[0] = given
    with caplog.at_level(logging.ERROR, logger="django_bearer"):
        answers = [
            post("/auth/refresh/", refresh_token=token),
            post("/drf-auth/refresh/", refresh_token=token),
            post("/auth/login/", username="ann@example.com", password=PASSWORD),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "retry")] * 3
    assert list(Session.objects.values()) == before
    faults = [record.getMessage() for record in caplog.records if "EXTRA_CLAIMS" in record.getMessage()]
    assert len(faults) == 3
    assert all(said in fault and "the value" not in fault for fault in faults)
    clock.advance(15)  # past the grace period: a spent token would end the session now
    adds[0] = {"role": "customer"}
    answer = post("/auth/refresh/", refresh_token=token)
    assert answer.status_code == 200
    assert decode_token(answer.json()["access_token"]).custom["role"] == "customer"


def test_the_public_functions_raise_a_refusal(adds: Any, ann: Any) -> None:
    token = issue_session(ann).refresh_token or ""
    adds[0] = RuntimeError()
    for call in (lambda: issue_session(ann), lambda: refresh_session(token)):
        with pytest.raises(errors.TemporarilyUnavailable, match="EXTRA_CLAIMS"):
            call()
    assert Session.objects.count() == 1


def test_it_is_asked_outside_any_transaction(adds: Any, ann: Any, settings: Any) -> None:
    """It may take long: this request locks no row meanwhile."""
    from django.db import connection

    seen: list[bool] = []

    def claims(user: Any, session_id: Any) -> dict[str, Any]:
        seen.append(connection.in_atomic_block)
        return {}

    settings.BEARER = {**settings.BEARER, "EXTRA_CLAIMS": claims}
    issued = post("/auth/login/", username="ann@example.com", password=PASSWORD).json()
    assert post("/auth/refresh/", refresh_token=issued["refresh_token"]).status_code == 200
    assert seen == [False, False]
