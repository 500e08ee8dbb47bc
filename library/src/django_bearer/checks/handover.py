"""Clients that a login is meant to be handed over to, and whose settings do not say where, or say somewhere else."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from .. import conf
from ..conf import client_readers
from ..errors import ConfigurationError
from ..primitives.same_site import origin_of

HINT = 'In BEARER["CLIENTS"], give each client that handover_to names a handover_url: a page or a claimed link of it.'


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every client in `handover_to` has a `handover_url`, and one for pages alone has it among its own pages."""
    try:
        config = conf.current()
    except ConfigurationError:
        return []  # said elsewhere
    own = origin_of(config.issuer) if isinstance(config.issuer, str) else ""
    return [
        Error(fault, hint=HINT, id="bearer.E015") for fault in client_readers.handover_faults(config.clients, own)
    ]
