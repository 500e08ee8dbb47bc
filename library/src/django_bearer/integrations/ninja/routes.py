"""The paths of the endpoints, with the views of `django_bearer.urls`, which a test compares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ...endpoints.api_tokens import api_token_view, api_tokens_view
from ...endpoints.csp_report import csp_report_view
from ...endpoints.email_change import email_confirm_view, email_undo_view, email_view
from ...endpoints.enrolment import enrol_view, factor_view, mail_code_view
from ...endpoints.handover import (
    handover_approve_view,
    handover_begin_view,
    handover_receiver_view,
    handover_redeem_view,
    handover_view,
)
from ...endpoints.impersonate import impersonate_view
from ...endpoints.introspect import introspect_view
from ...endpoints.login import login_view
from ...endpoints.logout import logout_everywhere_view, logout_view
from ...endpoints.password import password_view
from ...endpoints.recovery import new_password_view, recovery_view
from ...endpoints.refresh import refresh_view
from ...endpoints.remembered_devices import remembered_device_view, remembered_devices_view
from ...endpoints.revoke import revoke_view
from ...endpoints.second_factor import second_factor_view
from ...endpoints.sessions import session_view, sessions_view
from ...endpoints.step_up import step_up_view
from ...endpoints.tickets import tickets_view
from ...endpoints.verify import verify_view


class Route(NamedTuple):
    """One path, as Ninja writes it."""

    path: str
    view: Callable[..., Any]
    name: str


ROUTES = (
    Route("/login/", login_view, "login"),
    Route("/login/second-factor/", second_factor_view, "login-second-factor"),
    Route("/login/enrol/", enrol_view, "login-enrol"),
    Route("/login/enrol/code/", mail_code_view, "login-enrol-code"),
    Route("/login/enrol/factor/", factor_view, "login-enrol-factor"),
    Route("/refresh/", refresh_view, "refresh"),
    Route("/step-up/", step_up_view, "step-up"),
    Route("/password/", password_view, "password"),
    Route("/impersonate/", impersonate_view, "impersonate"),
    Route("/recovery/", recovery_view, "recovery"),
    Route("/recovery/password/", new_password_view, "recovery-password"),
    Route("/email/", email_view, "email"),
    Route("/email/confirm/", email_confirm_view, "email-confirm"),
    Route("/email/undo/", email_undo_view, "email-undo"),
    Route("/logout/", logout_view, "logout"),
    Route("/logout-everywhere/", logout_everywhere_view, "logout-everywhere"),
    Route("/verify/", verify_view, "verify"),
    Route("/revoke/", revoke_view, "revoke"),
    Route("/introspect/", introspect_view, "introspect"),
    Route("/sessions/", sessions_view, "sessions"),
    Route("/sessions/{uuid:session_id}/", session_view, "session"),
    Route("/remembered-devices/", remembered_devices_view, "remembered-devices"),
    Route("/remembered-devices/{uuid:device_id}/", remembered_device_view, "remembered-device"),
    Route("/api-tokens/", api_tokens_view, "api-tokens"),
    Route("/api-tokens/{uuid:token_id}/", api_token_view, "api-token"),
    Route("/tickets/", tickets_view, "tickets"),
    Route("/handover/", handover_view, "handover"),
    Route("/handover/begin/", handover_begin_view, "handover-begin"),
    Route("/handover/receiver/", handover_receiver_view, "handover-receiver"),
    Route("/handover/approve/", handover_approve_view, "handover-approve"),
    Route("/handover/redeem/", handover_redeem_view, "handover-redeem"),
    Route("/csp-report/", csp_report_view, "csp-report"),
)
