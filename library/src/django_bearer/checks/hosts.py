"""Checks of hosts, proxies, DEBUG and routes that require no authentication (RFC 9700 section 4.13)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage
from django.http.request import validate_host

from .deployment import Advice, given, ours

WIDEST = {4: 16, 6: 32}
"""A network of proxies larger than this is most likely everybody's."""


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What the settings say of hosts, proxies and routes."""
    return given(ADVICE)


def _proxy_without_addresses(found: Any) -> bool:
    config = ours()
    return config is not None and found.SECURE_PROXY_SSL_HEADER is not None and not config.trusted_proxies


def _wide(found: Any) -> bool:
    config = ours()
    return config is not None and any(
        network.prefixlen < WIDEST[network.version] for network in config.trusted_proxies
    )


def _open(found: Any) -> bool:
    config = ours()
    return config is not None and config.anonymous_allowed


def _unreachable(found: Any) -> bool:
    """Whether nobody could ask the issuer for its keys, since its host is refused."""
    config = ours()
    if config is None or not isinstance(config.issuer, str) or found.DEBUG:
        return False
    return not validate_host(urlsplit(config.issuer).hostname or "", found.ALLOWED_HOSTS)


ADVICE = (
    Advice(
        "bearer.W111",
        "DEBUG is on: anybody who causes an error sees the project's source and settings.",
        "DEBUG = False",
        lambda found: bool(found.DEBUG),
    ),
    Advice(
        "bearer.W112",
        "Any Host header is accepted, so links in mails and cached pages can be made to point elsewhere.",
        'ALLOWED_HOSTS = ["api.example.com"], your own names in place of "*".',
        lambda found: "*" in found.ALLOWED_HOSTS,
    ),
    Advice(
        "bearer.W113",
        "A proxy is trusted about HTTPS and not about addresses, so all clients are counted as one.",
        'BEARER["TRUSTED_PROXIES"] = ["10.0.0.5/32"], the addresses of the proxy.',
        _proxy_without_addresses,
    ),
    Advice(
        "bearer.W114",
        "TRUSTED_PROXIES names a network so wide that clients may be in it: they could choose their own address.",
        "Name the exact addresses of the proxies, such as 192.0.2.17/32.",
        _wide,
    ),
    Advice(
        "bearer.W115",
        "Every route is left to its own view (DANGEROUSLY_ALLOW_ANONYMOUS): one that was forgotten is open.",
        "Remove DANGEROUSLY_ALLOW_ANONYMOUS from BEARER; `manage.py bearer_routes --closed` shows what to decorate.",
        _open,
    ),
    Advice(
        "bearer.W116",
        "ALLOWED_HOSTS refuses the issuer's own host, so nobody can fetch its public keys.",
        "Put the host of BEARER['ISSUER'] into ALLOWED_HOSTS.",
        _unreachable,
    ),
)
