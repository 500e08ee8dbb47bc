"""Which audience a view expects in the access tokens it takes, where that is not the server's own."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigurationError

MARK = "required_audience"
"""The attribute of a view, function or class, that names it."""


def audience_of(view: Any) -> str | None:
    """The audience that a view function or view object names, or None for the server's own.

    A class says it in `required_audience`, which `as_view(required_audience=…)` may set too; `bearer_required` writes
    it on the function. Raises `ConfigurationError` for anything that is no text, since a slip must not let in tokens
    that were meant for another API.
    """
    for holder in (getattr(view, "initkwargs", None), getattr(view, "view_initkwargs", None)):
        if isinstance(holder, dict) and MARK in holder:
            return checked(holder[MARK])
    for holder in (view, getattr(view, "cls", None), getattr(view, "view_class", None)):
        found = getattr(holder, MARK, None)
        if found is not None:
            return checked(found)
    return None


def checked(audience: Any) -> str | None:
    """The same audience when it is one. Raises `ConfigurationError`."""
    if audience is not None and (not isinstance(audience, str) or not audience):
        raise ConfigurationError(f"{MARK} is a text that is not empty, such as the URL of the API.")
    return audience
