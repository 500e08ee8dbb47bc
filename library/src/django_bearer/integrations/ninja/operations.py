"""What the endpoints are to an OpenAPI document: method, body, answer, refusals, and the credential in the header."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, NamedTuple

from . import handover_shapes, shapes


class Takes(Enum):
    """The credential that an endpoint reads from the Authorization header."""

    NOTHING = auto()
    TOKEN = auto()
    PERHAPS = auto()
    """An access token, where the body names no refresh token."""
    CLIENT = auto()
    """A client and its secret, where the body does not name them."""
    ASKING = auto()
    """A client and its secret, or an access token."""


class Operation(NamedTuple):
    """One method of one endpoint. `refusals` are codes, beside those that any endpoint may answer."""

    method: str
    status: int
    body: Any = None
    answer: Any = None
    takes: Takes = Takes.NOTHING
    refusals: str = ""
    form: bool = False


EVERYWHERE = (
    "invalid_request unknown_issuer insecure_transport transport_unknown method_not_allowed body_too_large"
    " unsupported_media_type throttled retry"
)
CLIENT = "unknown_client invalid_client"
TOKEN = "not_authenticated invalid_token request_refused"
ENROL = f"code_refused limited_token_refused not_found origin_refused {CLIENT}"
STEP_UP = (
    f"password_required code_refused login_refused login_unavailable unauthorized_client session_required"
    f" origin_refused {CLIENT} {TOKEN}"
)
EMAIL = (
    "login_too_old login_too_weak password_required insufficient_scope session_required impersonated not_found"
    f" {TOKEN}"
)
GIVER = f"session_required impersonated {TOKEN}"
RECEIVER = f"handover_refused unauthorized_client origin_refused browser_unsupported {CLIENT}"
ONE_OF_MINE = f"not_found {TOKEN}"

OPERATIONS: dict[str, tuple[Operation, ...]] = {
    "login": (
        Operation(
            *("POST", 200, shapes.Login, shapes.BearerTokens),
            refusals="invalid_credentials login_incomplete login_refused login_unavailable invalid_scope"
            f" invalid_target unauthorized_client origin_refused browser_unsupported {CLIENT}",
        ),
    ),
    "login-second-factor": (
        Operation(
            *("POST", 200, shapes.LoginSecondFactor, shapes.BearerTokens),
            refusals=f"{ENROL} login_incomplete login_refused",
        ),
    ),
    "login-enrol": (Operation("POST", 200, shapes.SecondFactor, shapes.BearerEnrolment, refusals=ENROL),),
    "login-enrol-code": (
        Operation(
            *("POST", 200, shapes.EnrolCode, shapes.BearerMailed),
            refusals=f"limited_token_refused not_found origin_refused {CLIENT}",
        ),
    ),
    "login-enrol-factor": (
        Operation(
            "POST", 200, shapes.SecondFactor, shapes.BearerTokens, refusals=f"{ENROL} login_incomplete login_refused"
        ),
    ),
    "refresh": (
        Operation(
            *("POST", 200, shapes.Refresh, shapes.BearerTokens),
            refusals=f"session_ended login_refused invalid_scope invalid_target origin_refused browser_unsupported"
            f" unauthorized_client {CLIENT}",
        ),
    ),
    "step-up": (Operation("POST", 200, shapes.StepUp, shapes.BearerTokens, Takes.TOKEN, STEP_UP),),
    "password": (
        Operation(
            *("POST", 200, shapes.NewPassword, shapes.BearerTokens, Takes.TOKEN),
            f"{STEP_UP} password_rejected impersonated",
        ),
    ),
    "impersonate": (
        Operation(
            *("POST", 200, shapes.Impersonate, shapes.BearerTokens, Takes.TOKEN),
            "not_found session_required impersonated login_too_old password_required origin_refused login_refused"
            f" invalid_scope insufficient_scope {TOKEN}",
        ),
    ),
    "recovery": (Operation("POST", 204, shapes.Recovery, refusals="not_found"),),
    "recovery-password": (
        Operation(
            *("POST", 204, shapes.RecoveryPassword),
            refusals="recovery_link_refused password_rejected login_refused code_refused not_found",
        ),
    ),
    "email": (Operation("POST", 204, shapes.EmailChange, takes=Takes.TOKEN, refusals=EMAIL),),
    "email-confirm": (
        Operation("POST", 204, shapes.EmailConfirm, takes=Takes.TOKEN, refusals=f"code_refused {EMAIL}"),
    ),
    "email-undo": (
        Operation(
            *("POST", 204, shapes.EmailUndo), refusals="recovery_link_refused login_refused code_refused not_found"
        ),
    ),
    "logout": (Operation("POST", 204, shapes.Logout, takes=Takes.PERHAPS, refusals=f"origin_refused {TOKEN}"),),
    "logout-everywhere": (Operation("POST", 204, takes=Takes.TOKEN, refusals=f"login_too_old {TOKEN}"),),
    "verify": (
        Operation("POST", 200, shapes.Verify, shapes.BearerVerified, refusals="invalid_token request_refused"),
    ),
    "revoke": (Operation("POST", 200, shapes.Asking, takes=Takes.CLIENT, refusals=CLIENT, form=True),),
    "introspect": (
        Operation(
            *("POST", 200, shapes.Asking, shapes.BearerIntrospection, Takes.ASKING),
            f"insufficient_scope {CLIENT} {TOKEN}",
            form=True,
        ),
    ),
    "sessions": (Operation("GET", 200, None, shapes.BearerSessions, Takes.TOKEN, f"session_required {TOKEN}"),),
    "session": (
        Operation(
            "DELETE", 204, takes=Takes.TOKEN, refusals=f"login_too_old session_required impersonated {ONE_OF_MINE}"
        ),
    ),
    "remembered-devices": (
        Operation("GET", 200, None, shapes.BearerRememberedDevices, Takes.TOKEN, f"session_required {TOKEN}"),
    ),
    "remembered-device": (
        Operation("DELETE", 204, takes=Takes.TOKEN, refusals=f"session_required impersonated {ONE_OF_MINE}"),
    ),
    "api-tokens": (
        Operation("GET", 200, None, shapes.BearerApiTokens, Takes.TOKEN, f"session_required {TOKEN}"),
        Operation(
            *("POST", 201, shapes.NewToken, shapes.BearerNewApiToken, Takes.TOKEN),
            "login_too_old password_required login_refused invalid_scope session_required impersonated"
            f" origin_refused {TOKEN}",
        ),
    ),
    "api-token": (
        Operation("DELETE", 204, takes=Takes.TOKEN, refusals=f"session_required impersonated {ONE_OF_MINE}"),
    ),
    "tickets": (
        Operation(
            *("POST", 201, shapes.NewTicket, shapes.BearerTicket, Takes.TOKEN),
            f"session_required invalid_scope {TOKEN}",
        ),
    ),
    "handover": (
        Operation(
            *("POST", 201, handover_shapes.NewHandover, handover_shapes.BearerHandover, Takes.TOKEN),
            "login_too_old password_required insufficient_scope unauthorized_client login_refused origin_refused"
            f" {GIVER}",
        ),
    ),
    "handover-begin": (
        Operation("POST", 200, handover_shapes.HandoverBegin, handover_shapes.BearerHandoverBegun, refusals=RECEIVER),
    ),
    "handover-receiver": (
        Operation(
            *("POST", 200, handover_shapes.HandoverCode, handover_shapes.BearerHandoverReceiver, Takes.TOKEN),
            f"handover_pending handover_refused {GIVER}",
        ),
    ),
    "handover-approve": (
        Operation(
            *("POST", 204, handover_shapes.HandoverApproval, None, Takes.TOKEN),
            f"handover_number_refused handover_pending handover_refused login_too_old origin_refused {GIVER}",
        ),
    ),
    "handover-redeem": (
        Operation(
            *("POST", 200, handover_shapes.HandoverRedemption, shapes.BearerTokens),
            refusals=f"handover_pending login_refused request_refused invalid_target {RECEIVER}",
        ),
    ),
}
"""By the name of the route in `django_bearer.urls`."""
