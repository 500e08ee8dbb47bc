"""The planned change of keys: what is due when (pure), and a ring under a cron job for a year (JK-05)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_bearer import decode_token, issue_session
from django_bearer.database import signing_keys
from django_bearer.database.signing_keys import StoredKey
from django_bearer.keys.keyring import KeyState
from django_bearer.primitives import clock
from django_bearer.primitives.clock import SECOND
from django_bearer.sessions.key_rotation import TOKENS_LIVE, Due, Step, plan, rotate

ISSUER = "https://api.example.com"
DAY = 86_400
EVERY, KEEP = 90 * DAY, 300


def key(kid: str, state: KeyState, changed_at: int = 0) -> StoredKey:
    return StoredKey(kid, "ES256", state, 0, changed_at)


def test_an_active_key_is_due_after_its_age() -> None:
    assert plan([key("a", KeyState.ACTIVE, 5)], EVERY, KEEP) == [Due(Step.PUBLISH, "", 5 + EVERY * SECOND)]


def test_a_published_key_signs_once_verifiers_know_it_and_no_other_is_published() -> None:
    ring = [key("a", KeyState.ACTIVE), key("b", KeyState.PUBLISHED, 7)]
    assert plan(ring, EVERY, KEEP) == [Due(Step.ACTIVATE, "b", 7 + KEEP * SECOND)]


def test_a_retired_key_goes_when_its_last_token_is_dead() -> None:
    ring = [key("a", KeyState.RETIRED, 3), key("b", KeyState.ACTIVE)]
    assert plan(ring, EVERY, KEEP)[0] == Due(Step.REMOVE, "a", 3 + TOKENS_LIVE * SECOND)


def test_of_two_published_keys_the_older_goes() -> None:
    ring = [key("a", KeyState.ACTIVE), key("b", KeyState.PUBLISHED, 1), key("c", KeyState.PUBLISHED, 2)]
    assert plan(ring, EVERY, KEEP) == [Due(Step.REMOVE, "b", 1), Due(Step.ACTIVATE, "c", 2 + KEEP * SECOND)]


def test_no_token_outlives_the_key_that_is_kept_for_it() -> None:
    from django_bearer.conf import TABLE

    longest = 3600
    assert TABLE["ACCESS_TOKEN_LIFETIME"](longest) == longest
    with pytest.raises(Exception, match="between"):
        TABLE["ACCESS_TOKEN_LIFETIME"](longest + 1)
    assert longest + TABLE["LEEWAY"](60) < TOKENS_LIVE


@given(st.lists(st.tuples(st.sampled_from(list(KeyState)), st.integers(0, 10**16)), max_size=6))
def test_a_ring_with_a_signing_key_is_never_left_without_one(drawn: list[tuple[KeyState, int]]) -> None:
    ring = [key(str(n), state, at) for n, (state, at) in enumerate(drawn)]
    for due in plan(ring, EVERY, KEEP):
        if due.step is Step.REMOVE:
            [gone] = [one for one in ring if one.kid == due.kid]
            assert gone.state is not KeyState.ACTIVE


@pytest.mark.django_db
class TestRing:
    def run(self) -> list[Step]:
        return [due.step for due in rotate(ISSUER, EVERY, KEEP)[0]]

    def test_a_year_of_daily_runs_changes_keys_and_loses_no_token(self, ann: Any) -> None:
        did: list[Step] = []
        signed: set[str] = set()
        for _ in range(366):
            issued = issue_session(ann)
            signed.update(signing_keys.active(ISSUER))
            did += self.run()
            assert decode_token(issued.access_token)
            clock.advance(DAY)
        assert [did.count(step) for step in Step] == [4, 4, 4]
        assert len(signed) == 5
        assert len(signing_keys.stored(ISSUER)) == 1

    def test_a_run_too_many_does_nothing(self, ann: Any) -> None:
        issue_session(ann)
        clock.advance(EVERY)
        assert self.run() == [Step.PUBLISH]
        assert self.run() == []
        clock.advance(KEEP)
        assert self.run() == [Step.ACTIVATE]
        assert self.run() == []
        clock.advance(TOKENS_LIVE)
        assert self.run() == [Step.REMOVE]
        assert self.run() == []
