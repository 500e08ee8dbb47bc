"""Our rate limits at allauth's routes: mails that are asked for, and mailed codes that are tried.

allauth's own limits are turned off. They count by the account alone, so that anybody could keep its owner out. Ours
count by address, by account from there, and for devices that are known by the device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from allauth.account import app_settings
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email
from django.conf import settings
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ... import conf
from ...accounts import lookup, name_reach
from ...endpoints.base import check_limits, text
from ...errors import InvalidCode, InvalidCredentials
from ...http import client_address, login_limits, mail_limits, password_login
from ...rate_limits import rules
from . import flow_owner, pending
from .exchange import Exchange

SETTINGS = ("ACCOUNT_RATE_LIMITS", "MFA_RATE_LIMITS")
ASKING = frozenset({"signup", "signup_webauthn", "provider_signup", "request_login_code", "request_password_reset"})
"""Routes whose POST names an address to write to."""
AGAIN = frozenset({"resend_login_code", "resend_email_verification_code", "resend_phone_verification_code"})
"""Routes whose POST writes once more to the address of the flow."""
NAMING = frozenset({"manage_email", "manage_phone"})
CODES = frozenset({"confirm_login_code", "verify_email", "verify_phone", "reset_password"})
"""Routes that look at a mailed code."""
PROVIDERS = frozenset({"redirect_to_provider", "provider_callback", "provider_token"})
"""Routes that ask another site."""
CODE_HEADERS = ("x-email-verification-key", "x-password-reset-key")
"""Where a GET carries one."""


def connect() -> None:
    """Turn allauth's limits off where the project says nothing, and count a login by e-mail as one of its account."""
    for name in SETTINGS:
        if not hasattr(settings, name):
            setattr(settings, name, False)
    if by_email not in lookup.other_names:
        lookup.other_names.append(by_email)
    name_reach.rules[AuthenticationBackend.authenticate] = reaches_others


def by_email(name: str) -> Any:
    """The user who logs in by this address; None for no address, nobody, or several users."""
    if "@" not in name or app_settings.LoginMethod.EMAIL not in app_settings.LOGIN_METHODS:
        return None
    found = filter_users_by_email(name, prefer_verified=True, for_login=True)
    return found[0] if len(found) == 1 else None


def reaches_others(name: str, user: Any, by_name: bool) -> bool:
    """Whether allauth may log in somebody else by this name: the bearer of an address that is another's name."""
    methods = app_settings.LOGIN_METHODS
    if "@" not in name or app_settings.LoginMethod.EMAIL not in methods:
        return False
    if not by_name:
        return app_settings.LoginMethod.USERNAME in methods
    return any(one.pk != user.pk for one in filter_users_by_email(name, prefer_verified=True, for_login=True))


def looks_at_a_code(request: HttpRequest) -> bool:
    """Whether the request may use up a code, an attempt or a challenge of its flow."""
    return request.method not in ("GET", "HEAD") or any(name in request.headers for name in CODE_HEADERS)


@sensitive_variables()
def check_mails(request: HttpRequest, current: Exchange, members: Mapping[str, Any]) -> None:
    """Count a request that would send a mail, by who asks and the address it goes to. Raises `RateLimited`.

    It is counted before anything is looked up, and the same whether the address has an account.
    """
    route = current.route
    if request.method not in ("POST", "PUT") or (route == "signup_webauthn" and request.method == "PUT"):
        return
    if route in ASKING or route in NAMING:
        named = [text(members, name, password_login.MAX_NAME) for name in ("email", "phone", "username")]
        typed = next((one for one in named if one), "")
    elif route in AGAIN:
        flow = pending.find(str(request.headers.get("x-session-token") or ""), conf.issuer(request))
        typed = "" if flow is None else flow_owner.name_of(flow)
    else:
        return
    check_limits(mail_limits.buckets(request, f"allauth {route}", typed, current.shown))


def check_providers(request: HttpRequest, current: Exchange) -> None:
    """Count a request that would have us ask another site, by the address that asks. Raises `RateLimited`."""
    if current.route in PROVIDERS and request.method == "POST":
        rate = conf.current().login_rate_limits["address"]
        check_limits((rules.bucket("provider-address", rate, client_address.of(request)),))


@sensitive_variables()
def counting_codes(request: HttpRequest, current: Exchange, call: Callable[[], Any]) -> Any:
    """The answer to a mailed code, which is counted before it is looked at: as an attempt at a login of the account.

    A right one is forgiven with the login that it ends in. Raises `RateLimited`, and `InvalidCode` where saying so
    would tell that there is an account.
    """
    if current.route not in CODES or not looks_at_a_code(request):
        return call()
    name = _whose(request, current)
    if not name:
        return call()
    try:
        attempt = login_limits.count(request, name, current.shown, current.client.id)
    except InvalidCredentials as error:
        raise InvalidCode(str(error)) from None
    current.right.append(attempt)
    response = call()
    if response.status_code == 400:
        attempt.failed()
    elif current.principal is not None:
        attempt.checked(current.principal.user)
    return response


def _whose(request: HttpRequest, current: Exchange) -> str:
    """The name of the account whose code is tried; empty where nothing can be guessed, as with a mailed link."""
    if current.principal is not None:
        return str(current.principal.user.get_username())
    flow = pending.find(str(request.headers.get("x-session-token") or ""), conf.issuer(request))
    return "" if flow is None else flow_owner.name_of(flow)
