"""All attacks, section by section, in the order in which they run."""

from __future__ import annotations

from demo.attacks import (
    basics,
    botnet,
    forgeries,
    keys,
    logins,
    machines,
    operators,
    refreshing,
    revocation,
    services,
    transport,
)

SECTIONS = (basics, services, machines, refreshing, revocation, forgeries, transport, logins, keys, operators, botnet)
