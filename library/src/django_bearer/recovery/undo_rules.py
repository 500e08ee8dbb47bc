"""What undoing a change of the address takes, and what it ends: pure.

A second factor counts as settled where the user had it at the change, and no login of the week before was one without
it. Whoever has taken an account over with its password alone has logged in without it first.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Undo(StrEnum):
    """What goes with the link. `ALONE`: nothing. `CODE`: one of the second factor. `REMOVE_FACTORS`: nothing, and the
    factors are removed with the change."""

    ALONE = "alone"
    CODE = "code"
    REMOVE_FACTORS = "remove_factors"


def needed(enrolled: bool, settled: bool) -> Undo:
    """What an undo takes, by whether the user has a factor now, and had a settled one at the change."""
    if not enrolled:
        return Undo.ALONE
    return Undo.CODE if settled else Undo.REMOVE_FACTORS


def ends_with(used: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether using a link ends another one: that of a later change. `epoch` counts the changes of an account."""
    return int(other.get("epoch") or 0) > int(used.get("epoch") or 0)
