"""The rotation table: every row at its boundaries, and the whole against a second transcription of the page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_bearer.accounts.validity import InvalidReason, InvalidSession
from django_bearer.database.session_read import SessionRow
from django_bearer.keys.keyring import RefreshKeys
from django_bearer.primitives.clock import SECOND
from django_bearer.sessions.rotation_rules import (
    Decision,
    Grace,
    KeepCurrent,
    Reject,
    RejectReason,
    Reuse,
    ReuseReason,
    Rotate,
    Situation,
    decide,
)
from django_bearer.tokens.refresh_token import RefreshToken, TokenDelivery
from tests.examples import examples

W, H = 10 * SECOND, 30 * SECOND
NOW = 1_800_000_000 * SECOND
KEYS = RefreshKeys.from_master(b"m" * 32)
OTHER_KEYS = RefreshKeys.from_master(b"o" * 32)
SESSION = uuid.UUID(int=7)
SALT = b"s" * 32
TOKEN = RefreshToken(KEYS.key_id, SESSION, 5, TokenDelivery.BODY, b"t" * 32)


def row(**columns: Any) -> SessionRow:
    """A session whose current token is TOKEN, rotated long ago."""
    members: dict[str, Any] = {
        **dict.fromkeys(SessionRow.__dataclass_fields__, 0),
        "id": SESSION,
        "client_id": "app",
        "delivery": TokenDelivery.BODY,
        "key_id": KEYS.key_id,
        "generation": 5,
        "current_digest": TOKEN.digest(),
        "salt": SALT,
        "retry_digest": b"",
        "context_digest": b"here",
        "rotated_at": NOW - 3600 * SECOND,
        "now": NOW,
    }
    return SessionRow(**{**members, **columns})


def situation(session: SessionRow | None = None, **members: Any) -> Situation:
    """TOKEN presented by the client it was issued to, from the place of the last rotation."""
    usual: dict[str, Any] = {"token": TOKEN, "issued": True, "row_keys": KEYS, "client_id": "app"}
    return Situation(**{**usual, "session": session or row(), "context_digest": b"here", **members})


def rotated(since: int, **columns: Any) -> SessionRow:
    """A session whose TOKEN was rotated `since` microseconds ago."""
    successor = TOKEN.successor(KEYS, SALT)
    return row(**{"generation": 6, "current_digest": successor.digest(), "rotated_at": NOW - since, **columns})


def outcome(now: Situation) -> tuple[type, int]:
    found = decide(now)
    return type(found), found.row


def test_row_1_text_that_is_no_token() -> None:
    assert decide(Situation(token=None)) == Reject(RejectReason.MALFORMED, 1, "not a refresh token of this server")


def test_row_2_mac_or_key_id_not_ours() -> None:
    assert outcome(situation(issued=False)) == (Reject, 2)


def test_row_3_no_such_session() -> None:
    found = decide(Situation(token=TOKEN, issued=True, session=None))
    assert isinstance(found, Reject)
    assert (found.cause, found.row) == (RejectReason.NO_SESSION, 3)


@pytest.mark.parametrize(
    ("fault", "no", "number"),
    [
        (InvalidReason.REVOKED, RejectReason.ENDED, 4),
        (InvalidReason.EXPIRED, RejectReason.EXPIRED, 5),
        (InvalidReason.USER, RejectReason.USER, 6),
    ],
)
def test_rows_4_to_6_session_that_does_not_stand(fault: InvalidReason, no: RejectReason, number: int) -> None:
    assert decide(situation(invalid=InvalidSession(fault, "why"))) == Reject(no, number, "why")


def test_row_7_another_client() -> None:
    assert outcome(situation(client_id="other")) == (Reject, 7)
    assert outcome(situation(client_id="")) == (Reject, 7)


def test_row_8_proof_of_the_bound_key_missing_or_bad_changes_nothing_even_if_stale() -> None:
    assert outcome(situation(proof=False)) == (Reject, 8)
    assert outcome(situation(row(generation=9), proof=False)) == (Reject, 8)


@pytest.mark.parametrize(
    ("asked", "of_token", "of_session"),
    [
        (TokenDelivery.BODY, TokenDelivery.COOKIE, TokenDelivery.COOKIE),
        (TokenDelivery.COOKIE, TokenDelivery.BODY, TokenDelivery.BODY),
        (TokenDelivery.BODY, TokenDelivery.COOKIE, TokenDelivery.BODY),
        (TokenDelivery.BODY, TokenDelivery.BODY, TokenDelivery.COOKIE),
    ],
)
def test_row_9_wrong_delivery(asked: TokenDelivery, of_token: TokenDelivery, of_session: TokenDelivery) -> None:
    now = situation(row(delivery=of_session), delivery=asked, token=replace(TOKEN, delivery=of_token))
    assert decide(now) == Reuse(ReuseReason.DELIVERY, 9)


def test_row_10_generation_ahead_of_the_row() -> None:
    assert decide(situation(row(generation=4))) == Reuse(ReuseReason.AHEAD, 10)


def test_row_11_same_generation_and_another_secret() -> None:
    assert decide(situation(token=replace(TOKEN, secret=b"x" * 32))) == Reuse(ReuseReason.FORK, 11)


def test_row_12_never_rotated() -> None:
    assert decide(situation(row(rotated_at=None))) == Rotate()


@pytest.mark.parametrize("since", [H, H + 1, -H - 1])
def test_row_12_due(since: int) -> None:
    assert decide(situation(row(rotated_at=NOW - since))) == Rotate()


@pytest.mark.parametrize("since", [H - 1, 1, 0, -1, -H + 1, -H])
def test_row_13_fresh(since: int) -> None:
    assert decide(situation(row(rotated_at=NOW - since))) == KeepCurrent()


def test_row_14_key_of_the_row_gone() -> None:
    found = decide(situation(rotated(0), row_keys=None))
    assert isinstance(found, Reject)
    assert (found.cause, found.row) == (RejectReason.KEY_GONE, 14)


def stepped_up(since: int, **columns: Any) -> SessionRow:
    """A session whose TOKEN was replaced by a step-up `since` microseconds ago: fresh randomness, and no salt."""
    return row(generation=6, current_digest=b"f" * 32, salt=b"", rotated_at=NOW - since, **columns)


@pytest.mark.parametrize("since", [H - 1, 1, 0, -1, -H, -(10**6) * H])
@pytest.mark.parametrize("members", [{}, {"row_keys": None}, {"proof": True}, {"retry_digest": b"retry"}])
def test_row_23_just_before_a_step_up_is_told_to_ask_again(since: int, members: dict[str, Any]) -> None:
    """Neither a key that is gone, nor a proof, nor the retry key yields the successor (SU-07)."""
    found = decide(situation(stepped_up(since, retry_digest=b"retry"), **members))
    assert isinstance(found, Reject)
    assert (found.cause, found.row) == (RejectReason.STEPPED_UP, 23)


@pytest.mark.parametrize("since", [H - 1, 0, -H])
def test_row_23_also_where_a_refresh_won_right_before_the_step_up(since: int) -> None:
    """The other tabs' refreshes were under way: they are two behind now, and nobody has reused a token."""
    found = decide(situation(replace(stepped_up(since), generation=TOKEN.generation + 2)))
    assert isinstance(found, Reject)
    assert (found.cause, found.row) == (RejectReason.STEPPED_UP, 23)


def test_row_22_long_before_a_step_up() -> None:
    two_behind = replace(stepped_up(H), generation=TOKEN.generation + 2)
    assert decide(situation(two_behind)) == Reuse(ReuseReason.ANCIENT, 22)


@pytest.mark.parametrize("since", [H, H + 1, 10**6 * H])
@pytest.mark.parametrize("members", [{}, {"row_keys": None}, {"proof": True}, {"retry_digest": b"retry"}])
def test_row_24_long_before_a_step_up_is_reuse(since: int, members: dict[str, Any]) -> None:
    now = situation(stepped_up(since, retry_digest=b"retry"), **members)
    assert decide(now) == Reuse(ReuseReason.STALE_PREDECESSOR, 24)


def test_the_token_of_a_step_up_is_kept_and_rotated_as_any_other() -> None:
    fresh = replace(TOKEN, generation=6)
    now = {"current_digest": fresh.digest(), "generation": 6, "salt": b""}
    assert outcome(situation(row(**now, rotated_at=NOW - H + 1), token=fresh)) == (KeepCurrent, 13)
    assert outcome(situation(row(**now, rotated_at=NOW - H), token=fresh)) == (Rotate, 12)


def test_row_15_one_behind_and_another_child() -> None:
    assert decide(situation(rotated(0, salt=b"x" * 32))) == Reuse(ReuseReason.FORK, 15)
    assert decide(situation(rotated(0), token=replace(TOKEN, secret=b"x" * 32))) == Reuse(ReuseReason.FORK, 15)


@pytest.mark.parametrize("since", [0, W + 1, 10**6 * W, -W - 1, -(10**6) * W])
def test_row_16_same_retry_key_or_proof_has_no_time_limit(since: int) -> None:
    late = rotated(since, retry_digest=b"retry")
    assert outcome(situation(late, retry_digest=b"retry")) == (Grace, 16)
    assert outcome(situation(late, proof=True)) == (Grace, 16)


def test_row_16_absent_retry_key_matches_no_absent_one() -> None:
    assert outcome(situation(rotated(W + 1))) == (Reuse, 20)


@pytest.mark.parametrize("since", [W, W - 1, 0, -W + 1, -W])
def test_row_17_same_context_within_the_window(since: int) -> None:
    assert decide(situation(rotated(since))) == Grace(TOKEN.successor(KEYS, SALT), 17)


@pytest.mark.parametrize("since", [W, 0, -W])
@pytest.mark.parametrize(("concurrent_uses", "revoke"), [(2, True), (0, False), (3, False), (99, False)])
def test_row_18_another_context_is_counted(since: int, concurrent_uses: int, revoke: bool) -> None:
    now = situation(
        rotated(since, concurrent_uses=concurrent_uses), context_digest=b"there", revoke_concurrent=revoke
    )
    assert decide(now) == Grace(TOKEN.successor(KEYS, SALT), 18, concurrent_uses=True)


def test_row_18_unknown_context_is_another_one() -> None:
    assert outcome(situation(rotated(0, context_digest=b""), context_digest=b"")) == (Grace, 18)


@pytest.mark.parametrize("since", [W, 0, -W])
@pytest.mark.parametrize("concurrent_uses", [3, 4])
def test_row_19_used_concurrently_too_often(since: int, concurrent_uses: int) -> None:
    now = situation(rotated(since, concurrent_uses=concurrent_uses), context_digest=b"there", revoke_concurrent=True)
    assert decide(now) == Reuse(ReuseReason.CONCURRENT, 19)


@pytest.mark.parametrize("since", [W + 1, H, 10**6 * W])
def test_row_20_predecessor_after_the_window(since: int) -> None:
    assert decide(situation(rotated(since))) == Reuse(ReuseReason.STALE_PREDECESSOR, 20)


@pytest.mark.parametrize("since", [-W - 1, -H, -(10**6) * W])
def test_row_21_rotated_in_the_future(since: int) -> None:
    found = decide(situation(rotated(since)))
    assert isinstance(found, Reject)
    assert (found.cause, found.row) == (RejectReason.CLOCK, 21)


@pytest.mark.parametrize("generation", [7, 8, 10**6])
def test_row_22_two_or_more_behind(generation: int) -> None:
    assert decide(situation(row(generation=generation))) == Reuse(ReuseReason.ANCIENT, 22)
    assert decide(situation(row(generation=generation), proof=True)) == Reuse(ReuseReason.ANCIENT, 22)


@dataclass(frozen=True)
class Facts:
    """What the table asks, as plain values chosen by the test and known without asking our code."""

    form: bool
    mac: bool
    there: bool
    fault: InvalidReason | None
    client: bool
    proof: bool | None
    channels: tuple[TokenDelivery, TokenDelivery, TokenDelivery]
    behind: int
    related: bool
    since: int | None
    key_there: bool
    retry: bool
    here: bool
    concurrent_uses: int
    revoke: bool
    fresh: bool = False


WRITTEN_AGAIN: list[tuple[int, Callable[[Facts], bool], type]] = [
    (1, lambda f: not f.form, Reject),
    (2, lambda f: not f.mac, Reject),
    (3, lambda f: not f.there, Reject),
    (4, lambda f: f.fault is InvalidReason.REVOKED, Reject),
    (5, lambda f: f.fault is InvalidReason.EXPIRED, Reject),
    (6, lambda f: f.fault is InvalidReason.USER, Reject),
    (7, lambda f: not f.client, Reject),
    (8, lambda f: f.proof is False, Reject),
    (9, lambda f: len(set(f.channels)) > 1, Reuse),
    (10, lambda f: f.behind < 0, Reuse),
    (11, lambda f: f.behind == 0 and not f.related, Reuse),
    (12, lambda f: f.behind == 0 and (f.since is None or f.since >= H or f.since < -H), Rotate),
    (13, lambda f: f.behind == 0, KeepCurrent),
    (23, lambda f: f.behind >= 1 and f.fresh and f.since < H, Reject),
    (24, lambda f: f.behind == 1 and f.fresh, Reuse),
    (14, lambda f: f.behind == 1 and not f.key_there, Reject),
    (15, lambda f: f.behind == 1 and not f.related, Reuse),
    (16, lambda f: f.behind == 1 and (f.proof is True or f.retry), Grace),
    (17, lambda f: f.behind == 1 and -W <= f.since <= W and f.here, Grace),
    (18, lambda f: f.behind == 1 and -W <= f.since <= W and (f.concurrent_uses < 3 or not f.revoke), Grace),
    (19, lambda f: f.behind == 1 and -W <= f.since <= W, Reuse),
    (20, lambda f: f.behind == 1 and f.since > W, Reuse),
    (21, lambda f: f.behind == 1, Reject),
    (22, lambda f: f.behind >= 2, Reuse),
]

mostly = st.sampled_from([True, True, True, True, True, True, True, False])
EDGES = [edge + off for edge in (-H, -W, 0, W, H) for off in (-1, 0, 1)]
timestamps = st.one_of(st.sampled_from(EDGES), st.integers(-4 * H, 4 * H))
channels = st.one_of(
    st.sampled_from([(TokenDelivery.BODY,) * 3, (TokenDelivery.COOKIE,) * 3]),
    st.tuples(*[st.sampled_from(TokenDelivery)] * 3),
)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    behind = draw(st.sampled_from([0, 0, 0, 1, 1, 1, 1, -1, -3, 2, 9]))
    return Facts(
        form=draw(mostly),
        mac=draw(mostly),
        there=draw(mostly),
        fault=draw(st.sampled_from([None, None, None, *InvalidReason])),
        client=draw(mostly),
        proof=draw(st.sampled_from([None, None, None, True, False])),
        channels=draw(channels),
        behind=behind,
        related=draw(mostly),
        since=draw(timestamps if behind else st.one_of(timestamps, st.none())),
        key_there=draw(mostly),
        retry=draw(st.booleans()),
        here=draw(st.booleans()),
        concurrent_uses=draw(st.integers(0, 5)),
        revoke=draw(st.booleans()),
        fresh=draw(st.sampled_from([False, False, False, True])),
    )


def staged(f: Facts) -> Situation:
    """The facts, as the row and the token that would bring them about."""
    asked, of_token, of_session = f.channels
    token = replace(TOKEN, delivery=of_token, generation=5)
    successor = token if f.behind == 0 else token.successor(KEYS, SALT)
    session = row(
        delivery=of_session,
        generation=5 + f.behind,
        current_digest=successor.digest() if f.related else b"?" * 32,
        rotated_at=None if f.since is None else NOW - f.since,
        retry_digest=b"retry",
        concurrent_uses=f.concurrent_uses,
        salt=b"" if f.fresh else SALT,
    )
    return Situation(
        token=token if f.form else None,
        issued=f.mac,
        session=session if f.there else None,
        invalid=InvalidSession(f.fault, "") if f.fault else None,
        row_keys=KEYS if f.key_there else None,
        client_id="app" if f.client else "other",
        delivery=asked,
        proof=f.proof,
        retry_digest=b"retry" if f.retry else b"",
        context_digest=b"here" if f.here else b"there",
        revoke_concurrent=f.revoke,
    )


@settings(max_examples=examples(500, 10_000), deadline=None)
@given(facts())
def test_first_match_wins_in_the_table_written_again(f: Facts) -> None:
    number, kind = next((number, kind) for number, fits, kind in WRITTEN_AGAIN if fits(f))
    assert outcome(staged(f)) == (kind, number)


@settings(max_examples=examples(250, 5000), deadline=None)
@given(facts())
def test_grace_hands_out_the_current_token_and_nothing_else_carries_one(f: Facts) -> None:
    now = staged(f)
    found: Decision = decide(now)
    if isinstance(found, Grace):
        assert now.session is not None
        assert found.successor.digest() == now.session.current_digest
        assert found.successor.generation == now.session.generation
    else:
        assert not hasattr(found, "successor")


@settings(max_examples=examples(500, 5000), deadline=None)
@given(facts(), st.sampled_from([KEYS, OTHER_KEYS]))
def test_a_token_of_another_secret_is_never_granted_anything(f: Facts, keys: RefreshKeys) -> None:
    now = staged(f)
    guessed = replace(now, token=now.token and replace(now.token, secret=b"guess" * 7), row_keys=keys)
    assert isinstance(decide(guessed), Reject | Reuse)


def test_every_row_of_the_second_transcription_can_be_reached() -> None:
    usual = Facts(
        True, True, True, None, True, None, (TokenDelivery.BODY,) * 3, 1, True, 0, True, False, True, 0, False
    )
    reached = {
        1: replace(usual, form=False),
        2: replace(usual, mac=False),
        3: replace(usual, there=False),
        4: replace(usual, fault=InvalidReason.REVOKED),
        5: replace(usual, fault=InvalidReason.EXPIRED),
        6: replace(usual, fault=InvalidReason.USER),
        7: replace(usual, client=False),
        8: replace(usual, proof=False),
        9: replace(usual, channels=(TokenDelivery.BODY, TokenDelivery.COOKIE, TokenDelivery.BODY)),
        10: replace(usual, behind=-1),
        11: replace(usual, behind=0, related=False),
        12: replace(usual, behind=0, since=None),
        13: replace(usual, behind=0),
        14: replace(usual, key_there=False),
        15: replace(usual, related=False),
        16: replace(usual, retry=True),
        17: usual,
        18: replace(usual, here=False),
        19: replace(usual, here=False, concurrent_uses=3, revoke=True),
        20: replace(usual, since=W + 1),
        21: replace(usual, since=-W - 1),
        22: replace(usual, behind=2),
        23: replace(usual, fresh=True, key_there=False),
        24: replace(usual, fresh=True, since=H),
    }
    assert {number: outcome(staged(f))[1] for number, f in reached.items()} == {n: n for n in range(1, 25)}
