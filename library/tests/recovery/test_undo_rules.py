"""What undoing a change of the address takes, and what it ends: every row."""

from __future__ import annotations

from typing import Any

import pytest

from django_bearer.recovery.undo_rules import Undo, ends_with, is_settled, needed


@pytest.mark.parametrize(
    ("enrolled", "settled", "expected"),
    [
        (False, False, Undo.ALONE),
        (False, True, Undo.ALONE),
        (True, False, Undo.REMOVE_FACTORS),
        (True, True, Undo.CODE),
    ],
)
def test_what_an_undo_takes(enrolled: bool, settled: bool, expected: Undo) -> None:
    assert needed(enrolled, settled) is expected


@pytest.mark.parametrize(
    ("logins", "expected"),
    [
        ([], True),
        ([{"pwd", "otp"}], True),
        ([{"pwd", "remembered"}], True),
        ([{"otp", "mca"}, {"pwd", "mfa"}], True),
        ([{"pwd"}], False),
        ([set()], False),
        ([{"pwd", "otp", "mfa"}, {"pwd"}], False),
    ],
)
def test_a_factor_is_settled_unless_a_login_of_the_week_was_without_it(
    logins: list[set[str]], expected: bool
) -> None:
    assert is_settled(map(frozenset, logins)) is expected


@pytest.mark.parametrize(
    ("used", "other", "ends"), [(1, 2, True), (2, 1, False), (2, 2, False), (None, 1, True), (1, None, False)]
)
def test_a_link_ends_those_of_later_changes(used: Any, other: Any, ends: bool) -> None:
    assert ends_with({"epoch": used}, {"epoch": other}) is ends
