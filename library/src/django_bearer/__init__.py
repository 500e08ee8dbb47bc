"""Bearer-token authentication for Django that is safe as it comes.

The public names are handed out lazily, since importing this package must not need configured settings.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from .accounts.audit_user import audit_user as audit_user
    from .accounts.login_choice import LoginChoice as LoginChoice
    from .accounts.login_policy import Allow as Allow
    from .accounts.login_policy import Limit as Limit
    from .accounts.login_policy import LoginAttempt as LoginAttempt
    from .accounts.login_policy import Refuse as Refuse
    from .accounts.principal import LegacyLogin as LegacyLogin
    from .accounts.principal import Principal as Principal
    from .accounts.request_policy import RequestAttempt as RequestAttempt
    from .api_tokens.issue_and_revoke import IssuedApiToken as IssuedApiToken
    from .async_functions import aaccount_fingerprint as aaccount_fingerprint
    from .async_functions import aapprove_handover as aapprove_handover
    from .async_functions import aaudit_user as aaudit_user
    from .async_functions import aauthenticate_token as aauthenticate_token
    from .async_functions import abegin_handover as abegin_handover
    from .async_functions import acancel_factor_reset as acancel_factor_reset
    from .async_functions import acheck_mail_rate_limit as acheck_mail_rate_limit
    from .async_functions import acheck_rate_limit as acheck_rate_limit
    from .async_functions import acomplete_factor_reset as acomplete_factor_reset
    from .async_functions import acomplete_login as acomplete_login
    from .async_functions import acount_login_attempt as acount_login_attempt
    from .async_functions import acreate_handover as acreate_handover
    from .async_functions import adecode_token as adecode_token
    from .async_functions import aimpersonate as aimpersonate
    from .async_functions import ais_token_revoked as ais_token_revoked
    from .async_functions import aissue_api_token as aissue_api_token
    from .async_functions import aissue_enrolment_code as aissue_enrolment_code
    from .async_functions import aissue_login_unlock_token as aissue_login_unlock_token
    from .async_functions import aissue_session as aissue_session
    from .async_functions import aissue_ticket as aissue_ticket
    from .async_functions import alogin as alogin
    from .async_functions import apending_login as apending_login
    from .async_functions import aprincipal_from_reference as aprincipal_from_reference
    from .async_functions import aredeem_handover as aredeem_handover
    from .async_functions import aredeem_login_unlock_token as aredeem_login_unlock_token
    from .async_functions import aredeem_ticket as aredeem_ticket
    from .async_functions import arefresh_session as arefresh_session
    from .async_functions import arequest_factor_reset as arequest_factor_reset
    from .async_functions import arequire_step_up as arequire_step_up
    from .async_functions import arevoke_all_issuer_tokens as arevoke_all_issuer_tokens
    from .async_functions import arevoke_api_token as arevoke_api_token
    from .async_functions import arevoke_key as arevoke_key
    from .async_functions import arevoke_session as arevoke_session
    from .async_functions import arevoke_token as arevoke_token
    from .async_functions import arevoke_user as arevoke_user
    from .async_functions import astep_up_session as astep_up_session
    from .database.feed_operation import InstallRevocationFeed as InstallRevocationFeed
    from .endpoints.page_sessions import require_page as require_page
    from .endpoints.page_sessions import set_session_cookie as set_session_cookie
    from .functions import account_fingerprint as account_fingerprint
    from .functions import approve_handover as approve_handover
    from .functions import authenticate_token as authenticate_token
    from .functions import begin_handover as begin_handover
    from .functions import cancel_factor_reset as cancel_factor_reset
    from .functions import check_mail_rate_limit as check_mail_rate_limit
    from .functions import check_rate_limit as check_rate_limit
    from .functions import complete_factor_reset as complete_factor_reset
    from .functions import complete_login as complete_login
    from .functions import count_login_attempt as count_login_attempt
    from .functions import create_handover as create_handover
    from .functions import decode_token as decode_token
    from .functions import is_token_revoked as is_token_revoked
    from .functions import issue_api_token as issue_api_token
    from .functions import issue_enrolment_code as issue_enrolment_code
    from .functions import issue_login_unlock_token as issue_login_unlock_token
    from .functions import issue_session as issue_session
    from .functions import issue_ticket as issue_ticket
    from .functions import login as login
    from .functions import pending_login as pending_login
    from .functions import redeem_handover as redeem_handover
    from .functions import redeem_login_unlock_token as redeem_login_unlock_token
    from .functions import redeem_ticket as redeem_ticket
    from .functions import refresh_session as refresh_session
    from .functions import request_factor_reset as request_factor_reset
    from .functions import require_step_up as require_step_up
    from .functions import revoke_all_issuer_tokens as revoke_all_issuer_tokens
    from .functions import revoke_api_token as revoke_api_token
    from .functions import revoke_key as revoke_key
    from .functions import revoke_session as revoke_session
    from .functions import revoke_token as revoke_token
    from .functions import revoke_user as revoke_user
    from .functions import step_up_session as step_up_session
    from .http.error_responses import error_response as error_response
    from .http.legacy_credentials import LegacyAuthenticator as LegacyAuthenticator
    from .http.legacy_credentials import register_legacy_authenticators as register_legacy_authenticators
    from .http.login_limits import CountedAttempt as CountedAttempt
    from .http.middleware import BearerMiddleware as BearerMiddleware
    from .http.password_login import LoggedIn as LoggedIn
    from .http.public_views import public as public
    from .http.ticket_requests import accepts_ticket as accepts_ticket
    from .integrations.drf.rate_limits import TokenAnonRateThrottle as TokenAnonRateThrottle
    from .integrations.drf.views import TokenVerifyView as TokenVerifyView
    from .models import ApiToken as ApiToken
    from .models import RevokedToken as RevokedToken
    from .models import ServiceAccount as ServiceAccount
    from .models import Session as Session
    from .sessions.handed_over import principal_from_reference as principal_from_reference
    from .sessions.handed_over import principal_reference as principal_reference
    from .sessions.handovers import BegunHandover as BegunHandover
    from .sessions.handovers import IssuedHandover as IssuedHandover
    from .sessions.impersonation import impersonate as impersonate
    from .sessions.refresh_checks import register_refresh_check as register_refresh_check
    from .sessions.tickets import IssuedTicket as IssuedTicket
    from .sessions.token_response import IssuedTokens as IssuedTokens
    from .tokens.refresh_token import TokenDelivery as TokenDelivery

_HOME = {
    "BearerMiddleware": "http.middleware",
    "InstallRevocationFeed": "database.feed_operation",
    "IssuedTokens": "sessions.token_response",
    "Principal": "accounts.principal",
    "RequestAttempt": "accounts.request_policy",
    "ApiToken": "models",
    "IssuedApiToken": "api_tokens.issue_and_revoke",
    "RevokedToken": "models",
    "ServiceAccount": "models",
    "Session": "models",
    "TokenDelivery": "tokens.refresh_token",
    "TokenAnonRateThrottle": "integrations.drf.rate_limits",
    "TokenVerifyView": "integrations.drf.views",
    "Allow": "accounts.login_policy",
    "CountedAttempt": "http.login_limits",
    "LoggedIn": "http.password_login",
    "LegacyAuthenticator": "http.legacy_credentials",
    "LegacyLogin": "accounts.principal",
    "Limit": "accounts.login_policy",
    "LoginAttempt": "accounts.login_policy",
    "LoginChoice": "accounts.login_choice",
    "Refuse": "accounts.login_policy",
    "IssuedTicket": "sessions.tickets",
    "BegunHandover": "sessions.handovers",
    "IssuedHandover": "sessions.handovers",
    "accepts_ticket": "http.ticket_requests",
    "account_fingerprint": "functions",
    "aissue_ticket": "async_functions",
    "aredeem_ticket": "async_functions",
    "issue_ticket": "functions",
    "redeem_handover": "functions",
    "aredeem_handover": "async_functions",
    "create_handover": "functions",
    "acreate_handover": "async_functions",
    "begin_handover": "functions",
    "abegin_handover": "async_functions",
    "approve_handover": "functions",
    "aapprove_handover": "async_functions",
    "redeem_ticket": "functions",
    "aaccount_fingerprint": "async_functions",
    "arequire_step_up": "async_functions",
    "aimpersonate": "async_functions",
    "aprincipal_from_reference": "async_functions",
    "aaudit_user": "async_functions",
    "aauthenticate_token": "async_functions",
    "acancel_factor_reset": "async_functions",
    "acheck_mail_rate_limit": "async_functions",
    "acheck_rate_limit": "async_functions",
    "acomplete_factor_reset": "async_functions",
    "acomplete_login": "async_functions",
    "acount_login_attempt": "async_functions",
    "adecode_token": "async_functions",
    "ais_token_revoked": "async_functions",
    "aissue_api_token": "async_functions",
    "aissue_enrolment_code": "async_functions",
    "aissue_login_unlock_token": "async_functions",
    "aissue_session": "async_functions",
    "alogin": "async_functions",
    "apending_login": "async_functions",
    "aredeem_login_unlock_token": "async_functions",
    "arefresh_session": "async_functions",
    "arequest_factor_reset": "async_functions",
    "arevoke_all_issuer_tokens": "async_functions",
    "arevoke_api_token": "async_functions",
    "arevoke_key": "async_functions",
    "arevoke_session": "async_functions",
    "arevoke_token": "async_functions",
    "arevoke_user": "async_functions",
    "astep_up_session": "async_functions",
    "check_rate_limit": "functions",
    "complete_factor_reset": "functions",
    "complete_login": "functions",
    "cancel_factor_reset": "functions",
    "check_mail_rate_limit": "functions",
    "audit_user": "accounts.audit_user",
    "authenticate_token": "functions",
    "count_login_attempt": "functions",
    "decode_token": "functions",
    "issue_enrolment_code": "functions",
    "issue_login_unlock_token": "functions",
    "error_response": "http.error_responses",
    "impersonate": "sessions.impersonation",
    "principal_from_reference": "sessions.handed_over",
    "principal_reference": "sessions.handed_over",
    "is_token_revoked": "functions",
    "public": "http.public_views",
    "issue_api_token": "functions",
    "issue_session": "functions",
    "login": "functions",
    "pending_login": "functions",
    "register_legacy_authenticators": "http.legacy_credentials",
    "register_refresh_check": "sessions.refresh_checks",
    "redeem_login_unlock_token": "functions",
    "refresh_session": "functions",
    "request_factor_reset": "functions",
    "require_page": "endpoints.page_sessions",
    "require_step_up": "functions",
    "set_session_cookie": "endpoints.page_sessions",
    "revoke_api_token": "functions",
    "revoke_all_issuer_tokens": "functions",
    "revoke_key": "functions",
    "revoke_session": "functions",
    "revoke_token": "functions",
    "revoke_user": "functions",
    "step_up_session": "functions",
}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
