"""For the tests of projects that use this package: the fixture `bearer`, found by pytest without an import.

A `TestCase` opens the same thing itself: `self.bearer = self.enterContext(Bearer())`. The name is handed out lazily,
since pytest imports this package before Django's settings are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bearer import Bearer as Bearer

__all__ = ["Bearer"]


def __getattr__(name: str) -> Any:
    if name != "Bearer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .bearer import Bearer

    return Bearer
