"""Versions of authentication packages that are known to be broken, each with its source; as of 2026-11-24."""

from __future__ import annotations

from typing import NamedTuple

from django_bearer_audit.finding import Severity
from django_bearer_audit.project.dependencies import Version


class Advisory(NamedTuple):
    """One flaw: from `since` on, until `fixed`."""

    package: str
    since: Version
    fixed: Version
    id: str
    what: str
    severity: Severity
    source: str


_NVD = "https://nvd.nist.gov/vuln/detail/"
_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW


def _known(
    package: str, since: Version, fixed: Version, id_: str, what: str, severity: Severity, source: str = ""
) -> Advisory:
    return Advisory(package, since, fixed, id_, what, severity, source or f"{_NVD}{id_}")


ADVISORIES = (
    _known("pyjwt", (1, 5), (2, 4), "CVE-2022-29217", "a public key passes as HMAC secret", _MEDIUM),
    _known("pyjwt", (2, 10), (2, 10, 1), "CVE-2024-53861", "a part of the issuer is enough", _LOW),
    _known("pyjwt", (0,), (2, 12), "CVE-2026-32597", "unknown crit headers are accepted", _LOW),
    _known(
        "djangorestframework-simplejwt",
        (0,),
        (5, 5, 1),
        "CVE-2024-22513",
        "tokens are made for inactive users",
        _LOW,
        "https://osv.dev/vulnerability/PYSEC-2026-1305",
    ),
    _known("python-jose", (0,), (3, 4), "CVE-2024-33663", "a public key passes as HMAC secret", _MEDIUM),
    _known("authlib", (0,), (1, 3, 1), "CVE-2024-37568", "a public key passes as HMAC secret", _MEDIUM),
    _known("authlib", (0,), (1, 6, 4), "CVE-2025-59420", "unknown crit headers are accepted", _LOW),
    _known("authlib", (1, 6, 5), (1, 6, 7), "CVE-2026-28802", "alg none passes the check", _HIGH),
    _known("authlib", (0,), (1, 6, 9), "CVE-2026-28498", "hashes in ID tokens are not checked", _LOW),
    *(
        _known(
            "django",
            since,
            fixed,
            "CVE-2019-19844",
            "a password reset can be sent to the attacker",
            _MEDIUM,
            "https://www.djangoproject.com/weblog/2019/dec/18/security-releases/",
        )
        for since, fixed in (((0,), (1, 11, 27)), ((2,), (2, 2, 9)), ((3,), (3, 0, 1)))
    ),
    _known(
        "django-allauth",
        (0,),
        (65, 14, 2),
        "65.14.2",
        "rate limits trust X-Forwarded-For",
        _LOW,
        "https://docs.allauth.org/en/latest/release-notes/",
    ),
    _known(
        "django-allauth",
        (0,),
        (65, 19, 4),
        "CVE-2026-97764",
        "login limits are evaded with accents",
        _LOW,
        "https://osv.dev/vulnerability/UBUNTU-CVE-2026-97764",
    ),
)
