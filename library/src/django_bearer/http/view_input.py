"""Checks of values that a view passes to a public function: any JSON value, or a string that no database stores."""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from ..errors import InvalidRequest


@sensitive_variables()
def text_of(given: object, name: str) -> str:
    """The string that was given. Raises `InvalidRequest` for another type, and for half a surrogate pair."""
    if not isinstance(given, str):
        raise InvalidRequest(f"{name} is not a string")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(f"{name} is not a string") from None
    return str(given)


@sensitive_variables()
def credential_of(given: object, name: str, most: int) -> str:
    """A name or a password that any database and any hasher takes, of at most `most` characters."""
    found = text_of(given, name)
    if not 0 < len(found) <= most or "\x00" in found:
        raise InvalidRequest(f"{name} is empty, longer than {most} characters, or holds a NUL")
    return found
