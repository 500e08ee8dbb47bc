"""The public functions for async code: each runs in the thread that Django keeps for the database.

A task that is cancelled, as when a client goes, does not stop what runs there: what has begun is finished, and a
client that refreshes again gets the same successor (the rotation table).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async

from . import functions
from .accounts import audit_user
from .primitives.redaction import clear_locals
from .sessions import handed_over, impersonation

P = ParamSpec("P")
R = TypeVar("R")

__all__ = [
    "aaccount_fingerprint",
    "aapprove_handover",
    "aaudit_user",
    "aauthenticate_token",
    "abegin_handover",
    "acancel_factor_reset",
    "acheck_mail_rate_limit",
    "acheck_rate_limit",
    "acomplete_factor_reset",
    "acomplete_login",
    "acount_login_attempt",
    "acreate_handover",
    "adecode_token",
    "aimpersonate",
    "ais_token_revoked",
    "aissue_api_token",
    "aissue_enrolment_code",
    "aissue_login_unlock_token",
    "aissue_session",
    "aissue_ticket",
    "alogin",
    "apending_login",
    "aprincipal_from_reference",
    "aredeem_handover",
    "aredeem_login_unlock_token",
    "aredeem_ticket",
    "arefresh_session",
    "arequest_factor_reset",
    "arequire_step_up",
    "arevoke_all_issuer_tokens",
    "arevoke_api_token",
    "arevoke_key",
    "arevoke_session",
    "arevoke_token",
    "arevoke_user",
    "astep_up_session",
]


def _async(function: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """The function as a coroutine function. An exception leaves it without the local variables on its way."""

    @wraps(function)
    async def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await sync_to_async(function)(*args, **kwargs)
        except Exception as error:
            clear_locals(error)
            del args, kwargs
            raise

    called.__name__ = called.__qualname__ = f"a{function.__name__}"
    return called


aaccount_fingerprint = _async(functions.account_fingerprint)
"""`account_fingerprint` for async code."""
aapprove_handover = _async(functions.approve_handover)
"""`approve_handover` for async code."""
aaudit_user = _async(audit_user.audit_user)
"""`audit_user` for async code."""
aauthenticate_token = _async(functions.authenticate_token)
"""`authenticate_token` for async code."""
abegin_handover = _async(functions.begin_handover)
"""`begin_handover` for async code."""
acancel_factor_reset = _async(functions.cancel_factor_reset)
"""`cancel_factor_reset` for async code."""
acheck_mail_rate_limit = _async(functions.check_mail_rate_limit)
"""`check_mail_rate_limit` for async code."""
acheck_rate_limit = _async(functions.check_rate_limit)
"""`check_rate_limit` for async code."""
acomplete_factor_reset = _async(functions.complete_factor_reset)
"""`complete_factor_reset` for async code."""
acomplete_login = _async(functions.complete_login)
"""`complete_login` for async code."""
acount_login_attempt = _async(functions.count_login_attempt)
"""`count_login_attempt` for async code."""
acreate_handover = _async(functions.create_handover)
"""`create_handover` for async code."""
adecode_token = _async(functions.decode_token)
"""`decode_token` for async code."""
aimpersonate = _async(impersonation.impersonate)
"""`impersonate` for async code."""
ais_token_revoked = _async(functions.is_token_revoked)
"""`is_token_revoked` for async code."""
aissue_api_token = _async(functions.issue_api_token)
"""`issue_api_token` for async code."""
aissue_enrolment_code = _async(functions.issue_enrolment_code)
"""`issue_enrolment_code` for async code."""
aissue_login_unlock_token = _async(functions.issue_login_unlock_token)
"""`issue_login_unlock_token` for async code."""
aissue_session = _async(functions.issue_session)
"""`issue_session` for async code."""
aissue_ticket = _async(functions.issue_ticket)
"""`issue_ticket` for async code."""
alogin = _async(functions.login)
"""`login` for async code."""
apending_login = _async(functions.pending_login)
"""`pending_login` for async code."""
aprincipal_from_reference = _async(handed_over.principal_from_reference)
"""`principal_from_reference` for async code."""
aredeem_handover = _async(functions.redeem_handover)
"""`redeem_handover` for async code."""
aredeem_login_unlock_token = _async(functions.redeem_login_unlock_token)
"""`redeem_login_unlock_token` for async code."""
aredeem_ticket = _async(functions.redeem_ticket)
"""`redeem_ticket` for async code."""
arefresh_session = _async(functions.refresh_session)
"""`refresh_session` for async code."""
arequest_factor_reset = _async(functions.request_factor_reset)
"""`request_factor_reset` for async code."""
arequire_step_up = _async(functions.require_step_up)
"""`require_step_up` for async code."""
arevoke_all_issuer_tokens = _async(functions.revoke_all_issuer_tokens)
"""`revoke_all_issuer_tokens` for async code."""
arevoke_api_token = _async(functions.revoke_api_token)
"""`revoke_api_token` for async code."""
arevoke_key = _async(functions.revoke_key)
"""`revoke_key` for async code."""
arevoke_session = _async(functions.revoke_session)
"""`revoke_session` for async code."""
arevoke_token = _async(functions.revoke_token)
"""`revoke_token` for async code."""
arevoke_user = _async(functions.revoke_user)
"""`revoke_user` for async code."""
astep_up_session = _async(functions.step_up_session)
"""`step_up_session` for async code."""
