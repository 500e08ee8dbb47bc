"""Remembered devices at logins through allauth: its stage of the second factor, left out on a device of ours.

allauth's own trusted browsers do not fit: they are a cookie that nobody can list or end one by one, they outlive a
logout everywhere, and an app has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from ...accounts.second_factor import REMEMBERED
from ...http import remembered_devices
from . import exchange
from .exchange import Exchange
from .methods import methods_of

ALLAUTH_STAGE = f"{AuthenticateStage.__module__}.{AuthenticateStage.__qualname__}"


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    """The stage of the second factor, which is done where a password is typed on a remembered device."""

    def _should_handle(self, request: HttpRequest) -> bool:
        current, user = exchange.find(request), self.login.user
        if not super()._should_handle(request):
            return False
        methods = methods_of(get_authentication_records(request, user))
        return current is None or REMEMBERED not in methods_here(request, current, user, methods)[0]


STAGE = f"{__name__}.{SecondFactorStage.__qualname__}"


def methods_here(
    request: HttpRequest, current: Exchange, user: Any, methods: frozenset[str]
) -> tuple[frozenset[str], Mapping[str, str]]:
    """The methods of a login, with `remembered` where this device stands for the second factor that they lack, and
    what the session keeps of the device."""
    return remembered_devices.methods_here(
        request, user, methods, current.client.id, current.delivery, current.remembered
    )
