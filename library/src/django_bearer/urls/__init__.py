"""`path("auth/", include("django_bearer.urls"))`: a route each for what a client asks for.

`login/` takes a password and nothing else: a project whose own login asks for more includes `urls.without_login`.
"""

from __future__ import annotations

from django.urls import path

from ..endpoints.api_tokens import api_token_view, api_tokens_view
from ..endpoints.csp_report import csp_report_view
from ..endpoints.email_change import email_confirm_view, email_undo_view, email_view
from ..endpoints.enrolment import enrol_view, factor_view, mail_code_view
from ..endpoints.handover import (
    handover_approve_view,
    handover_begin_view,
    handover_receiver_view,
    handover_redeem_view,
    handover_view,
)
from ..endpoints.impersonate import impersonate_view
from ..endpoints.introspect import introspect_view
from ..endpoints.login import login_view
from ..endpoints.logout import logout_everywhere_view, logout_view
from ..endpoints.password import password_view
from ..endpoints.recovery import new_password_view, recovery_view
from ..endpoints.refresh import refresh_view
from ..endpoints.remembered_devices import remembered_device_view, remembered_devices_view
from ..endpoints.revoke import revoke_view
from ..endpoints.second_factor import second_factor_view
from ..endpoints.sessions import session_view, sessions_view
from ..endpoints.step_up import step_up_view
from ..endpoints.tickets import tickets_view
from ..endpoints.verify import verify_view

app_name = "django_bearer"
urlpatterns = [
    path("login/", login_view, name="login"),
    path("login/second-factor/", second_factor_view, name="login-second-factor"),
    path("login/enrol/", enrol_view, name="login-enrol"),
    path("login/enrol/code/", mail_code_view, name="login-enrol-code"),
    path("login/enrol/factor/", factor_view, name="login-enrol-factor"),
    path("refresh/", refresh_view, name="refresh"),
    path("step-up/", step_up_view, name="step-up"),
    path("password/", password_view, name="password"),
    path("impersonate/", impersonate_view, name="impersonate"),
    path("recovery/", recovery_view, name="recovery"),
    path("recovery/password/", new_password_view, name="recovery-password"),
    path("email/", email_view, name="email"),
    path("email/confirm/", email_confirm_view, name="email-confirm"),
    path("email/undo/", email_undo_view, name="email-undo"),
    path("logout/", logout_view, name="logout"),
    path("logout-everywhere/", logout_everywhere_view, name="logout-everywhere"),
    path("verify/", verify_view, name="verify"),
    path("revoke/", revoke_view, name="revoke"),
    path("introspect/", introspect_view, name="introspect"),
    path("sessions/", sessions_view, name="sessions"),
    path("sessions/<uuid:session_id>/", session_view, name="session"),
    path("remembered-devices/", remembered_devices_view, name="remembered-devices"),
    path("remembered-devices/<uuid:device_id>/", remembered_device_view, name="remembered-device"),
    path("api-tokens/", api_tokens_view, name="api-tokens"),
    path("api-tokens/<uuid:token_id>/", api_token_view, name="api-token"),
    path("tickets/", tickets_view, name="tickets"),
    path("handover/", handover_view, name="handover"),
    path("handover/begin/", handover_begin_view, name="handover-begin"),
    path("handover/receiver/", handover_receiver_view, name="handover-receiver"),
    path("handover/approve/", handover_approve_view, name="handover-approve"),
    path("handover/redeem/", handover_redeem_view, name="handover-redeem"),
    path("csp-report/", csp_report_view, name="csp-report"),
]
