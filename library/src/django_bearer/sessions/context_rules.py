"""A refresh from another device or network than the session's last: what becomes of it. Pure.

It notices a token that was copied to another machine, and not one that is used from the same network by the same
program. Only binding to a key ends that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..tokens.refresh_token import TokenDelivery

SEPARATOR = "|"
KINDS = {TokenDelivery.COOKIE: "browser", TokenDelivery.BODY: "native"}


class ContextAction(StrEnum):
    """What is done about a refresh from another context.

    Attributes:
        IGNORE: Nothing.
        EVENT: An event is published, and the refresh goes on.
        STEP_UP: The same, and the login counts as old and weak until the user has stepped up.
        REVOKE: The session ends.
    """

    IGNORE = "ignore"
    EVENT = "event"
    STEP_UP = "step_up"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class ContextChange:
    """What the callable `BEARER["ON_CONTEXT_CHANGE"]` is asked about.

    Attributes:
        user: The session's user.
        client_id: The session's client.
        kind: `browser` or `native`.
        device_before: The device of the last refresh or the login, in words.
        device_now: The device that asks.
        network_before: The network (/24, /48) of the last refresh or the login.
        network_now: The network that asks.
    """

    user: Any
    client_id: str
    kind: str
    device_before: str
    device_now: str
    network_before: str
    network_now: str


def written(seen: Mapping[str, Any]) -> str:
    """A context as the session's row keeps it; empty where nothing was seen."""
    device, network = (str(seen.get(name) or "").replace(SEPARATOR, " ")[:90] for name in ("device", "where"))
    return f"{device}{SEPARATOR}{network}" if device or network else ""


def changed(before: str, now: str, user: Any, client_id: str, delivery: int) -> ContextChange | None:
    """The change from one context to another; None where there is none, or where one of them is unknown."""
    if not before or not now or before == now:
        return None
    (device_before, _, network_before), (device_now, _, network_now) = (
        before.partition(SEPARATOR),
        now.partition(SEPARATOR),
    )
    kind = KINDS[TokenDelivery(delivery)]
    return ContextChange(user, client_id, kind, device_before, device_now, network_before, network_now)


def action(setting: Mapping[str, str] | Callable[[ContextChange], object], change: ContextChange) -> ContextAction:
    """What the setting says of this change. Raises `ValueError` for an answer that is no action."""
    said = setting[change.kind] if isinstance(setting, Mapping) else setting(change)
    return ContextAction(str(said))
