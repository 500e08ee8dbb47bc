"""Feed mode works only where every change of a user or a session runs a trigger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error, Warning

from .. import conf
from ..database import aliases, feed_obstacles, feed_presence
from ..errors import ConfigurationError
from ..primitives import clock

EXACT = 'Set BEARER["REVOCATION"] = "exact", which asks the database at each request and works everywhere.'
MIGRATION = "Run InstallRevocationFeed() in a new migration of yours (docs/guide/exact-or-feed.md)."


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each reason for which feed mode refuses every token."""
    if not _is_feed():
        return []
    found = feed_obstacles.of_models(aliases.sessions_alias())
    if not clock.counts_suspend:
        found.append("this machine has no clock that counts the time in which it was suspended")
    return [Error(f"Feed mode cannot work here: {reason}.", hint=EXACT, id="bearer.E014") for reason in found]


def check_triggers(app_configs: Any, databases: Iterable[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A warning where triggers are missing: with `check --database`, and at `migrate`, which may yet make them."""
    if not _is_feed() or aliases.sessions_alias() not in (databases or ()):
        return []
    using = aliases.sessions_alias()
    if feed_obstacles.of_models(using):
        return []  # `check` tells
    found = feed_obstacles.of_database(using)
    found = found or [f"the trigger {name} is missing or switched off" for name in feed_presence.missing(using)]
    return [
        Warning(f"Feed mode refuses every token: {reason}.", hint=MIGRATION, id="bearer.W005") for reason in found
    ]


def _is_feed() -> bool:
    try:
        return conf.current().revocation == conf.FEED
    except ConfigurationError:
        return False  # `configuration.check_settings` tells
