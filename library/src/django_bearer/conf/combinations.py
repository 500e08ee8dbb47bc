"""Settings that are sound one by one and do not go together: pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import client_readers

Values = Mapping[str, Any]


def faults(values: Values) -> list[str]:
    """The first kind of fault between the settings that were read, in words; empty where they go together."""
    return next((found for rule in RULES if (found := rule(values))), [])


def _introspection(values: Values) -> list[str]:
    if not values["introspection_scope"] or values["introspection_scope"] in values["scopes"]:
        return []
    return ['BEARER["INTROSPECTION_SCOPE"]: not one of SCOPES; add it there, and to the clients that may ask.']


def _issuers(values: Values) -> list[str]:
    if values["issuers"] is None or not isinstance(values["issuer"], str):
        return []
    return ['BEARER["ISSUERS"]: for an ISSUER that is a callable; this one is a text, so leave it out.']


def _lifetimes(values: Values) -> list[str]:
    if values["session_idle_lifetime"] <= values["session_lifetime"]:
        return []
    return ['BEARER["SESSION_IDLE_LIFETIME"]: longer than SESSION_LIFETIME; shorten it.']


def _required_factor(values: Values) -> list[str]:
    if values["mfa_required"] is None or values["second_factor"] is not None:
        return []
    return ['BEARER["MFA_REQUIRED"]: nobody can tell who has a second factor; set SECOND_FACTOR.']


def _remembered_devices(values: Values) -> list[str]:
    """Without the fingerprint a remembered device would outlive a change of factors."""
    known = callable(getattr(values["second_factor"], "factors_fingerprint", None))
    if not values["remembered_device_lifetime"] or known:
        return []
    return ['BEARER["REMEMBERED_DEVICE_LIFETIME"]: SECOND_FACTOR needs a method factors_fingerprint(user).']


RULES: tuple[Callable[[Values], list[str]], ...] = (
    _introspection,
    client_readers.origins_elsewhere,
    _issuers,
    _lifetimes,
    _required_factor,
    _remembered_devices,
)
