"""Feed mode works only where every change of a user or a session runs a trigger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error, Warning

from .. import conf
from ..conf.readers import DATABASE
from ..database import aliases, feed_notify, feed_obstacles, feed_presence
from ..errors import ConfigurationError
from ..primitives import clock

EXACT = 'Set BEARER["REVOCATION"] = "exact", which asks the database at each request and works everywhere.'
MIGRATION = "Run InstallRevocationFeed() in a new migration of yours (docs/guide/exact-or-feed.md)."

PUSH = 'Take REVOCATION_PUSH out of BEARER, or name a Redis or Valkey server in it: "redis://127.0.0.1:6379/0".'


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each reason for which feed mode refuses every access token."""
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
        Warning(f"Feed mode refuses all access tokens: {reason}.", hint=MIGRATION, id="bearer.W005")
        for reason in found
    ]


def check_push(app_configs: Any, databases: Iterable[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A warning where the database is to push news and cannot, with `check --database` and at `migrate`."""
    using = aliases.sessions_alias()
    if not _is_feed() or conf.current().revocation_push != DATABASE or using not in (databases or ()):
        return []
    reason = feed_notify.cannot(using) or feed_notify.hindrance(using)
    if reason is None:
        return []
    return [
        Warning(f"News of revocations is not pushed, and polled for alone: {reason}.", hint=PUSH, id="bearer.W006")
    ]


def _is_feed() -> bool:
    try:
        return conf.current().revocation == conf.FEED
    except ConfigurationError:
        return False  # `configuration.check_settings` tells
