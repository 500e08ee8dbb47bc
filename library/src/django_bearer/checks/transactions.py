"""What transactions of a request leave of the counting of attempts."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning
from django.db import connections

from .. import conf
from ..conf.readers import DATABASE
from ..database import aliases
from ..errors import ConfigurationError


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Attempts are counted beside the transaction of a request, which SQLite cannot do."""
    try:
        elsewhere = conf.current().rate_limit_storage != DATABASE
    except ConfigurationError:
        return []  # `ours.check_settings` tells
    connection = connections[aliases.sessions_alias()]
    if elsewhere or connection.vendor != "sqlite" or not connection.settings_dict["ATOMIC_REQUESTS"]:
        return []
    text = (
        "With ATOMIC_REQUESTS on SQLite, logins and other attempts within views are refused (503) once DEBUG is off."
    )
    hint = "Leave ATOMIC_REQUESTS out, use PostgreSQL or MariaDB, or count in Redis by BEARER['RATE_LIMIT_STORAGE']."
    return [Warning(text, hint=hint, id="bearer.W004")]
