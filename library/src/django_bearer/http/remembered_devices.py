"""Remembered devices of requests: what a page's cookie or an app's body shows, and what a login hands out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts import remembered_devices, second_factor
from ..accounts.login_policy import Step
from ..accounts.remembered_devices import NewDevice
from ..database.after_commit import after_commit
from ..sessions.limited_logins import PendingLogin
from ..tokens.refresh_token import TokenDelivery
from . import cookies
from .cookies import Cookie
from .request_device import request_device


@sensitive_variables()
def shown_by(request: HttpRequest, delivery: TokenDelivery, in_body: str) -> list[str]:
    """The tokens of a request, not yet checked. A page's are in its cookie alone, which no script reads."""
    if delivery is TokenDelivery.COOKIE:
        return cookies.remembered_devices(request)
    return [in_body] if in_body else []


@sensitive_variables()
def methods_here(
    request: HttpRequest,
    user: Any,
    methods: frozenset[str],
    client_id: str,
    delivery: TokenDelivery,
    in_body: str = "",
) -> tuple[frozenset[str], Mapping[str, str]]:
    """The methods of a login, with `remembered` where this device stands for the second factor that they lack, and
    what the session keeps of the device.

    `in_body` is the token that an app sent. The caller has checked the first step.
    """
    shown = shown_by(request, delivery, in_body) if remembered_devices.lifetime() else []
    if not shown or second_factor.was_shown(methods) or not remembered_devices.may_be_remembered(methods):
        return methods, {}
    found = remembered_devices.find(shown, conf.issuer(request), user, client_id, delivery)
    if found is None:
        return methods, {}
    after_commit("noting the use of a remembered device", lambda: remembered_devices.note_use(found))
    return methods | {second_factor.REMEMBERED}, {remembered_devices.STOOD_FOR_FACTOR: str(found.pk)}


@sensitive_variables()
def remember(
    request: HttpRequest, user: Any, first: Iterable[str], client_id: str, delivery: TokenDelivery
) -> NewDevice | None:
    """A token for the device that sends this request, whose user has just shown a second factor after `first`.

    None where it is not to be remembered. Nothing is stored yet.
    """
    if not remembered_devices.may_be_remembered(frozenset(first)):
        return None
    shown = shown_by(request, delivery, "")
    return remembered_devices.prepare(user, conf.issuer(request), client_id, delivery, request_device(request), shown)


def after_step(request: HttpRequest, pending: PendingLogin, methods: str) -> NewDevice | None:
    """The same for a login whose last step was its second factor; `methods` are those of its session."""
    shown = pending.step is Step.SECOND_FACTOR and second_factor.was_shown(frozenset(methods.split()))
    return remember(request, pending.user, pending.methods, pending.client_id, pending.delivery) if shown else None


@sensitive_variables()
def cookie_of(new: NewDevice) -> Cookie:
    """The cookie of a page: this token, and those of the other accounts of the browser."""
    return cookies.of_remembered_devices([new.token, *new.others], new.lifetime)


def keep(new: NewDevice) -> None:
    """Remember the device, once its login is stored. A failure refuses nobody: the next login asks again."""
    after_commit("remembering a device", lambda: remembered_devices.store(new))
