"""Codes at once: exactly those that the limit allows are looked at, and one attempt yields one session."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from django_bearer import authenticate_token, issue_enrolment_code
from django_bearer.models import LimitedLogin, Session
from tests.conftest import PASSWORD

from .conftest import TRIALS
from .threads import Api, ThreadGroup

MANY = 20
LOOKED_AT: list[str] = []


class Factor:
    """Everybody has one, and codes that begin with 1 are right."""

    def is_enrolled(self, user: Any) -> bool:
        return True

    def verify(self, user: Any, code: str) -> bool:
        LOOKED_AT.append(code)
        return code.startswith("1")


STORED: list[str] = []


class Enrolled(Factor):
    """Nobody has one, until the first code that begins with 1."""

    def is_enrolled(self, user: Any) -> bool:
        return bool(STORED)

    def begin_enrolment(self, user: Any) -> tuple[dict[str, str], str]:
        return {}, "secret"

    def complete_enrolment(self, user: Any, secret: str, code: str) -> dict[str, Any] | None:
        if not code.startswith("1"):
            return None
        STORED.append(code)
        return {"recovery_codes": [code]}


@pytest.fixture
def token(user: Any, api: Api, settings: Any) -> str:
    LOOKED_AT.clear()
    settings.BEARER = {
        **settings.BEARER,
        "SECOND_FACTOR": Factor,
        "CODE_RATE_LIMITS": {"account": "7/hour", "address": "1000/second"},
    }
    reply = api.login("ann@example.com", PASSWORD)
    assert reply.status == 403
    return str(reply.body["limited_token"])


def second(api: Api, token: str, code: str) -> Any:
    return api.post("/auth/login/second-factor/", {"limited_token": token, "code": code})


def test_twenty_codes_at_once_and_the_allowed_number_is_looked_at(api: Api, token: str) -> None:
    with ThreadGroup(MANY) as threads:
        replies = threads.run([partial(second, api, token, f"9{number:05}") for number in range(MANY)])
    assert len(LOOKED_AT) == 7
    assert sorted({reply.status for reply in replies}) == [401, 429]
    assert [reply.status for reply in replies].count(401) == 7
    assert not Session.objects.exists()


def test_one_attempt_yields_one_session_by_whatever_codes(api: Api, threads: ThreadGroup, token: str) -> None:
    replies = threads.run([partial(second, api, token, f"1{number:05}") for number in range(5)])
    assert [reply.status for reply in replies].count(200) == 1
    assert {reply.status for reply in replies} <= {200, 401, 503}
    assert Session.objects.count() == 1
    assert not LimitedLogin.objects.exists()


def test_one_code_at_two_attempts_is_taken_once(api: Api, threads: ThreadGroup, token: str) -> None:
    other = str(api.login("ann@example.com", PASSWORD).body["limited_token"])
    replies = threads.run([partial(second, api, one, "123456") for one in (token, other)])
    assert sorted(reply.status for reply in replies) == [200, 401]
    assert Session.objects.count() == 1


def test_of_two_first_codes_one_enrols_and_its_session_lives(
    user: Any, api: Api, threads: ThreadGroup, settings: Any
) -> None:
    STORED.clear()
    settings.BEARER = {
        **settings.BEARER,
        "SECOND_FACTOR": Enrolled,
        "MFA_REQUIRED": "everyone",
        "MFA_ENROLMENT_TIME": 0,
        "CODE_RATE_LIMITS": {"account": "1000/second", "address": "1000/second"},
    }
    for _ in range(TRIALS):
        STORED.clear()
        limited = str(api.login("ann@example.com", PASSWORD).body["limited_token"])
        body = {"limited_token": limited, "code": issue_enrolment_code(user)}
        limited = str(api.post("/auth/login/enrol/", body).body["limited_token"])

        def complete(number: int, limited: str = limited) -> Any:
            return api.post("/auth/login/enrol/factor/", {"limited_token": limited, "code": f"1{number:05}"})

        replies = threads.run([partial(complete, number) for number in range(3)])
        won = [reply for reply in replies if reply.status == 200]
        assert [reply.status for reply in replies].count(401) == 2
        assert won[0].body["recovery_codes"] == STORED
        assert authenticate_token(won[0].body["access_token"]).user == user
