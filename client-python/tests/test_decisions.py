"""The pure parts, row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from django_bearer_client.answers import (
    ATTEMPTS,
    MAX_PAUSE,
    PAUSE,
    Done,
    Ended,
    Fail,
    Retry,
    next_step,
    retry_after,
    says_invalid_token,
)
from django_bearer_client.failures import REFUSALS, Answer, failure
from django_bearer_client.keeper import Keeper
from django_bearer_client.logins import logout_everywhere
from django_bearer_client.memory_store import MemoryStore
from django_bearer_client.origins import is_loopback
from django_bearer_client.server_errors import RateLimited, SessionEnded
from django_bearer_client.steps import Flow, Post
from django_bearer_client.tokens import Tokens, from_json, is_grant

GRANT = {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "session_id": "s", "refresh_token": "r"}
TOKENS = Tokens("https://api.example.com/", "first-party")


@pytest.mark.parametrize(
    ("answer", "attempt", "step"),
    [
        (Answer(200, GRANT), 1, Done()),
        (Answer(200, {}), 1, Fail(PAUSE)),
        (Answer(401, {"code": "session_ended"}), 1, Ended()),
        (Answer(403, {"code": "session_ended"}), 1, Fail(PAUSE)),
        (Answer(401, {}), 1, Fail(PAUSE)),
        (Answer(400, {"code": "unknown_client"}), 1, Fail(PAUSE)),
        (Answer(302), 1, Fail(PAUSE)),
        (Answer(0), 1, Retry(0.3 * 0.75)),
        (Answer(0), 2, Retry(0.6 * 0.75)),
        (Answer(0), ATTEMPTS, Fail(PAUSE)),
        (Answer(503, {}, 3), 1, Retry(3)),
        (Answer(503, {}, 3), ATTEMPTS, Fail(3)),
        (Answer(429, {}, 40), 1, Fail(40)),
        (Answer(429, {}, 1e8), 1, Fail(MAX_PAUSE)),
    ],
)
def test_what_an_answer_to_a_refresh_means(answer: Answer, attempt: int, step: object) -> None:
    assert next_step(answer, attempt, 0.5) == step


@pytest.mark.parametrize(
    ("challenge", "is_invalid"),
    [
        ('Bearer realm="a", error="invalid_token", error_description="b"', True),
        ("bearer error=invalid_token", True),
        ('Basic realm="a", Bearer error="invalid_token"', True),
        ('DPoP error="invalid_token"', False),
        ('Bearer error="insufficient_scope"', False),
        ('Bearer error_description="x, error=invalid_token"', False),
        ('Bearer realm="\\", error=invalid_token"', False),
        ('Basic realm="Bearer error=invalid_token"', False),
        ('Bearer realm="open', False),
        ("", False),
    ],
)
def test_which_challenge_asks_for_another_token(challenge: str, is_invalid: bool) -> None:
    assert says_invalid_token(401, challenge) is is_invalid
    assert not says_invalid_token(403, challenge)


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        (None, None, None),
        ("7", None, 7),
        ("-7", None, None),
        ("7.5", None, None),
        ("\u0667", None, None),
        ("9" * 10, None, None),
        ("Wed, 21 Oct 2026 07:28:10 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 10),
        ("Wed, 21 Oct 2026 07:28:10 GMT", "Wed, 21 Oct 2026 07:29:00 GMT", 0),
        ("Wed, 21 Oct 2026 07:28:10 GMT", None, None),
        ("soon", "Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_how_long_to_wait(header: str | None, date: str | None, seconds: float | None) -> None:
    assert retry_after(header, date) == seconds


def test_an_error_has_the_servers_code_and_nothing_that_was_sent() -> None:
    error = failure(Answer(429, {"code": "throttled", "error": "slow_down", "x": 1}, 9))
    assert type(error) is RateLimited
    assert (error.code, error.status, error.retry_after, dict(error.members)) == ("throttled", 429, 9, {"x": 1})
    assert REFUSALS["session_ended"] is SessionEnded
    assert failure(Answer(418, {"code": "of_tomorrow"})).code == "unexpected_answer"
    assert failure(Answer(200, {"code": "session_ended"})).code == "unexpected_answer"
    assert failure(Answer(0)).code == "unreachable"


@pytest.mark.parametrize(
    ("name", "value"),
    [("access_token", 1), ("access_token", ""), ("token_type", "DPoP"), ("session_id", None)]
    + [("expires_in", value) for value in (0, -1, True, "300", None, 1e12, float("nan"))],
)
def test_what_is_no_grant(name: str, value: object) -> None:
    assert is_grant(GRANT)
    assert not is_grant({**GRANT, name: value})


def test_a_token_is_fresh_by_this_machines_clock() -> None:
    found = TOKENS.renewed(GRANT, 1000.0)
    assert [found.is_fresh(now) for now in (1000, 1269, 1270, 939, 941)] == [True, True, False, False, True]
    assert [found.lives(now) for now in (1299, 1300)] == [True, False]
    short = TOKENS.renewed({**GRANT, "expires_in": 10}, 1000.0)
    assert [short.is_fresh(now) for now in (1008.9, 1009)] == [True, False]


def test_a_retry_key_lasts_until_a_refresh_token_comes() -> None:
    keyed = Tokens("a", "b", refresh_token="old", retry_key="k")
    assert keyed.renewed(GRANT, 0).retry_key == ""
    kept = keyed.renewed({name: value for name, value in GRANT.items() if name != "refresh_token"}, 0)
    assert (kept.retry_key, kept.refresh_token) == ("k", "old")


def test_what_is_stored_is_read_again() -> None:
    found = TOKENS.renewed(GRANT, 1000.0)
    assert from_json(found.to_json()) == found


@pytest.mark.parametrize(
    "stored",
    [None, [], {}, {**TOKENS.to_json(), "version": 2}, {**TOKENS.to_json(), "api": None}]
    + [{**TOKENS.to_json(), "expires_at": value} for value in ("1", True, None)],
)
def test_other_content_is_refused(stored: Any) -> None:
    with pytest.raises(ValueError):
        from_json(stored)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost.example.com", "0.0.0.0", "127.0.0.1.nip.io", "", "::"])
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("when", ["before the token is at hand", "before it is stored"])
def test_a_logout_everywhere_forgets_no_login_of_meanwhile(when: str) -> None:
    keeper = Keeper(TOKENS.api, TOKENS.client_id, MemoryStore())
    another = replace(TOKENS, refresh_token="r2", session_id="two")
    keeper.save(replace(TOKENS, refresh_token="r1", session_id="one"))

    def token() -> Flow[str]:
        if when == "before the token is at hand":
            keeper.save(another)
        yield from ()
        return "a"

    flow = logout_everywhere(keeper, token())
    assert next(flow) == Post("logout-everywhere/", {}, {"Authorization": "Bearer a"})
    keeper.save(another)
    with pytest.raises(StopIteration):
        flow.send(Answer(204))
    assert keeper.reload() == another
