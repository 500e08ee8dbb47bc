"""What a type checker must be told of a public name. Pure: griffe reads the source.

A function says the type of every parameter and of its result. A class says that of its public methods, also of those
with two underscores, and of every attribute whose type does not follow from its value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

EMPTY = ("None", "()", "[]", "{}", "set()", "dict()", "list()", "tuple()")
"""Values that say nothing of what the attribute holds later."""


def faults(item: Any) -> Iterator[str]:
    """The names within a function, class or attribute that have no type, each with what lacks one."""
    if item.is_alias:
        return
    if item.is_function:
        yield from _function(item)
    elif item.is_class:
        for name, member in item.members.items():
            if not name.startswith("_") or name.endswith("__"):
                yield from faults(member)
    elif item.is_attribute and item.annotation is None and not _follows(item):
        yield f"{item.path}: its type"


def _function(item: Any) -> Iterator[str]:
    method = item.parent is not None and item.parent.is_class and "staticmethod" not in item.labels
    for parameter in list(item.parameters)[method:]:
        if parameter.annotation is None:
            yield f"{item.path}: parameter {parameter.name}"
    if item.returns is None:
        yield f"{item.path}: what it returns"


def _follows(item: Any) -> bool:
    """Whether a checker knows the type without being told: from a base class, or from a value that is not empty."""
    if item.value is None:
        return False
    return bool(getattr(item.parent, "bases", ())) or str(item.value) not in EMPTY
