"""`path("auth/", include("django_bearer.integrations.drf.urls"))`: the same paths, as REST framework views."""

from __future__ import annotations

from django.urls import path

from ...endpoints.csp_report import csp_report_view
from .account_views import (
    EmailChangeView,
    EmailConfirmView,
    EmailUndoView,
    EnrolCodeView,
    EnrolFactorView,
    EnrolView,
    RememberedDevicesView,
    RememberedDeviceView,
)
from .handover_views import (
    HandoverApproveView,
    HandoverBeginView,
    HandoverReceiverView,
    HandoverRedeemView,
    HandoverView,
)
from .views import (
    ApiTokensView,
    ApiTokenView,
    ImpersonateView,
    NewPasswordView,
    PasswordView,
    RecoveryView,
    SessionsView,
    SessionView,
    TicketsView,
    TokenIntrospectView,
    TokenLoginSecondFactorView,
    TokenLoginView,
    TokenLogoutEverywhereView,
    TokenLogoutView,
    TokenRefreshView,
    TokenRevokeView,
    TokenStepUpView,
    TokenVerifyView,
)

app_name = "django_bearer"
urlpatterns = [
    path("login/", TokenLoginView.as_view(), name="login"),
    path("login/second-factor/", TokenLoginSecondFactorView.as_view(), name="login-second-factor"),
    path("login/enrol/", EnrolView.as_view(), name="login-enrol"),
    path("login/enrol/code/", EnrolCodeView.as_view(), name="login-enrol-code"),
    path("login/enrol/factor/", EnrolFactorView.as_view(), name="login-enrol-factor"),
    path("refresh/", TokenRefreshView.as_view(), name="refresh"),
    path("step-up/", TokenStepUpView.as_view(), name="step-up"),
    path("password/", PasswordView.as_view(), name="password"),
    path("impersonate/", ImpersonateView.as_view(), name="impersonate"),
    path("recovery/", RecoveryView.as_view(), name="recovery"),
    path("recovery/password/", NewPasswordView.as_view(), name="recovery-password"),
    path("email/", EmailChangeView.as_view(), name="email"),
    path("email/confirm/", EmailConfirmView.as_view(), name="email-confirm"),
    path("email/undo/", EmailUndoView.as_view(), name="email-undo"),
    path("logout/", TokenLogoutView.as_view(), name="logout"),
    path("logout-everywhere/", TokenLogoutEverywhereView.as_view(), name="logout-everywhere"),
    path("verify/", TokenVerifyView.as_view(), name="verify"),
    path("revoke/", TokenRevokeView.as_view(), name="revoke"),
    path("introspect/", TokenIntrospectView.as_view(), name="introspect"),
    path("sessions/", SessionsView.as_view(), name="sessions"),
    path("sessions/<uuid:session_id>/", SessionView.as_view(), name="session"),
    path("remembered-devices/", RememberedDevicesView.as_view(), name="remembered-devices"),
    path("remembered-devices/<uuid:device_id>/", RememberedDeviceView.as_view(), name="remembered-device"),
    path("api-tokens/", ApiTokensView.as_view(), name="api-tokens"),
    path("api-tokens/<uuid:token_id>/", ApiTokenView.as_view(), name="api-token"),
    path("tickets/", TicketsView.as_view(), name="tickets"),
    path("handover/", HandoverView.as_view(), name="handover"),
    path("handover/begin/", HandoverBeginView.as_view(), name="handover-begin"),
    path("handover/receiver/", HandoverReceiverView.as_view(), name="handover-receiver"),
    path("handover/approve/", HandoverApproveView.as_view(), name="handover-approve"),
    path("handover/redeem/", HandoverRedeemView.as_view(), name="handover-redeem"),
    path("csp-report/", csp_report_view, name="csp-report"),
]
