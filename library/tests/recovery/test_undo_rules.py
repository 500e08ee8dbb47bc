"""What undoing a change of the address takes, and what it ends: every row."""

from __future__ import annotations

from typing import Any

import pytest

from django_bearer.recovery.undo_rules import Undo, ends_with, needed


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
    ("used", "other", "ends"), [(1, 2, True), (2, 1, False), (2, 2, False), (None, 1, True), (1, None, False)]
)
def test_a_link_ends_those_of_later_changes(used: Any, other: Any, ends: bool) -> None:
    assert ends_with({"epoch": used}, {"epoch": other}) is ends
