"""Tokens are accepted over plain HTTP from some networks, in production.

`DANGEROUSLY_ALLOW_HTTP_FROM` names peers whose tokens need no TLS. Between such a peer and the server everybody
on the way reads the token, and a proxy that forwards plain HTTP from everywhere makes every client such a peer.

Not reported: an empty list, loopback, and the setting where it is only made while DEBUG is on.

Fix: take it out; let clients use HTTPS, and name the proxy that ends TLS in `TRUSTED_PROXIES`.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from django_bearer_audit.finding import Confidence, Hit, Persona, Severity
from django_bearer_audit.project import Project
from django_bearer_audit.project.values import Items, Value, leaves, text

ID = "BT211"
TITLE = "Tokens accepted over plain HTTP"
CWE = "CWE-319"
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.REGULAR

_WIDE = 16
"""Bits of a prefix at or below which a network has hosts of others."""


def check(project: Project) -> Iterator[Hit]:
    for settings in project.settings:
        value = settings.get("BEARER", "DANGEROUSLY_ALLOW_HTTP_FROM")
        named = [network for network in _networks(value) if not _is_loopback(network)]
        if named:
            yield Hit(
                where=value.where,
                message=f"Tokens need no TLS from {', '.join(named[:5])}{' and more' if len(named) > 5 else ''}.",
                attack="Whoever is on the way between such a peer and the server reads the token and uses it.",
                fix='BEARER = {..., "TRUSTED_PROXIES": ["10.0.0.5/32"]}  # the proxy that ends TLS',
                severity=Severity.HIGH if any(map(_is_wide, named)) else None,
            )


def _networks(value: Value) -> Iterator[str]:
    for leaf in leaves(value):
        for item in leaf.items if isinstance(leaf, Items) else ():
            named = text(item)
            if named:
                yield named


def _is_loopback(network: str) -> bool:
    try:
        return ip_network(network, strict=False).is_loopback
    except ValueError:
        return False


def _is_wide(network: str) -> bool:
    try:
        found = ip_network(network, strict=False)
    except ValueError:
        return False
    return found.prefixlen == 0 or (found.prefixlen <= _WIDE and not found.is_private)
