"""Which audience a view expects in the access tokens it takes, where that is not the server's own."""

from __future__ import annotations

from contextlib import suppress
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from ..errors import ConfigurationError
from .view_parts import TooManyParts, is_a, parts

MARK = "required_audience"
"""The attribute of a view, function or class, that names it."""


def audience_of(view: Any) -> str | None:
    """The audience that a view function or view object names, or None for the server's own.

    A class says it in `required_audience`, which `as_view(required_audience=…)` may set too; `bearer_required` writes
    it on the function. Raises `ConfigurationError` for anything that is no str, since a slip must not let in tokens
    that were meant for another API.
    """
    for holder in (getattr(view, "initkwargs", None), getattr(view, "view_initkwargs", None)):
        if isinstance(holder, dict) and MARK in holder:
            return checked(holder[MARK])
    for holder in (view, getattr(view, "cls", None), getattr(view, "view_class", None)):
        found = getattr(holder, MARK, None)
        if found is not None:
            return checked(found)
    return _behind(view) if is_a(view, FunctionType) else None


def _behind(view: FunctionType) -> str | None:
    """What is named behind decorators that copy no attribute; they must not change which tokens a view takes."""
    known = _found.get(view)
    if known is None:
        named = set()
        with suppress(TooManyParts):  # what decorators hide is near, and was found by then
            for part in parts(view):
                named.add(checked(_named(part)))
        named.discard(None)
        if len(named) > 1:
            raise ConfigurationError(f"{view.__qualname__} is made of views for several audiences; route each.")
        known = _found[view] = "".join(name for name in named if name)
    return known or None


_found: WeakKeyDictionary[FunctionType, str] = WeakKeyDictionary()
"""What was found, an empty string for nothing."""


def _named(part: Any) -> Any:
    if is_a(part, type):
        return getattr(part, MARK, None) if hasattr(part, "as_view") else None
    return part.__dict__.get(MARK) if is_a(part, FunctionType) else None


def checked(audience: Any) -> str | None:
    """The same audience when it is one. Raises `ConfigurationError`."""
    if audience is not None and (not isinstance(audience, str) or not audience):
        raise ConfigurationError(f"{MARK} is a str that is not empty, such as the URL of the API.")
    return audience
