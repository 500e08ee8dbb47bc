"""What allauth has recorded of a login, as methods that `amr` names (RFC 8176): pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...accounts.second_factor import MULTIPLE, proves_several

_FACTORS = {"totp": "otp", "recovery_codes": "otp", "webauthn": "pop"}
"""A recovery code is one that somebody has on paper; of a passkey it is known that its key was used."""
_OTHERS = {"password": "pwd", "phone_code": "sms"}
MAIL, ELSEWHERE = "mca", "federated"
"""A code by e-mail proves no factor (NIST 800-63B-4 section 3.1.3.1), which `mca` says; a login at another site."""


def methods_of(records: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The methods of a login by these records of allauth.

    `mfa` is among them for methods of several kinds, and for a passkey that verified its user. A mailed code and
    TOTP are one kind. What is not known counts as no method.
    """
    found: set[str] = set()
    several = False
    for record in records:
        method = record.get("method")
        if method == "mfa" and record.get("type") in _FACTORS:
            found.add(_FACTORS[str(record["type"])])
            several = several or record.get("passwordless") is True or ELSEWHERE in found
        elif method == "code":
            found.add("sms" if record.get("phone") else MAIL)
        elif method == "socialaccount":
            found.add(ELSEWHERE)
        elif method in _OTHERS:
            found.add(_OTHERS[str(method)])
    return frozenset(found | {MULTIPLE}) if several or proves_several(frozenset(found)) else frozenset(found)
