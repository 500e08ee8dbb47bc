"""The records that allauth keeps of a login, made of the claims of an access token."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY

from ...accounts.principal import Principal

_OWNER = f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"


def written(principal: Principal) -> dict[str, Any]:
    """One record, as old as the session's last login: allauth asks for a newer one where it wants a recent login."""
    at = 0 if principal.claims is None else principal.claims.auth_time
    record = {"method": "password", "at": at, "reauthenticated": True}
    return {
        AUTHENTICATION_METHODS_SESSION_KEY: [record],
        _OWNER: principal.user._meta.pk.value_to_string(principal.user),
    }
