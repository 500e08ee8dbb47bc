"""What a person chose beside name and password when they logged in: fields of the project's own, and "remember me".

It proves nothing. It reaches the project's policy and its claims, and may make a session shorter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class LoginChoice:
    """What `issue_session()` and `login()` may be told of a login.

    Attributes:
        fields: A mapping of names to what was chosen as them, as str.
        remember_me: Whether the session lasts as long as its client's may. It matters only where the client has an
            `unremembered_lifetime`.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    remember_me: bool = False


NOTHING_CHOSEN = LoginChoice()


def stored(choice: LoginChoice) -> dict[str, Any]:
    """As JSON, for a login that lacks a step."""
    return {"fields": dict(choice.fields), "remember_me": choice.remember_me}


def from_stored(found: Mapping[str, Any] | None) -> LoginChoice:
    """What was stored; nothing chosen where nothing was."""
    return LoginChoice(found["fields"], found["remember_me"]) if found else NOTHING_CHOSEN
