"""Change the password: the other devices are logged out, and this one goes on with new tokens (OWASP ASVS 6.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..accounts import login_policy
from ..accounts.impersonation_rules import refuse_impersonated
from ..accounts.login_policy import PASSWORD, Purpose
from ..accounts.principal import Principal
from ..http import authentication, password_login
from ..http.challenge import Answer
from ..http.public_views import checks_credentials
from ..http.request_device import request_device
from ..http.second_step import MAX_CODE
from ..recovery.completion import require_good_password
from ..sessions import password_change
from ..sessions.step_up import step_up
from ..tokens import known_device
from .account_owner import require_whole_scope
from .base import endpoint, text, unwrap
from .step_up import delivered, proved_by, stepping_client


@sensitive_variables()
def change_password(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """New tokens of this session for the current password, the code of a second factor, and a new password.

    All that a step-up asks is asked. Every other session and API token of the user ends with the change.
    """
    principal: Principal = unwrap(authentication.require_session(request))
    refused = refuse_impersonated(principal)
    if refused is not None:
        raise refused.exception()
    unwrap(login_policy.refuse_unmet(frozenset({PASSWORD}), Purpose.STEP_UP))
    require_whole_scope(principal)
    client, delivery = stepping_client(request, members, principal)
    user, most = principal.user, password_login.MAX_PASSWORD
    current, code = text(members, "password", most), text(members, "code", MAX_CODE)
    wanted = text(members, "new_password", most, required=True)
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    password_login.require_password(request, user, current, shown)
    require_good_password(wanted, user)
    methods = proved_by(request, user, code, client, shown)
    issued = unwrap(
        step_up(
            principal,
            amr=(PASSWORD, *sorted(methods)),
            delivery=delivery,
            seen=request_device(request),
            request=request,
            beside=password_change.set_password(user, wanted),
        )
    )
    return delivered(client, delivery, issued)


password_view = checks_credentials(endpoint(change_password))
