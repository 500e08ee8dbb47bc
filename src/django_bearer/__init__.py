"""Bearer-token authentication for Django that is safe as it comes.

The public names are handed out lazily, since importing this package must not need configured settings.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .adapters.drf.throttling import TokenAnonRateThrottle as TokenAnonRateThrottle
    from .adapters.drf.views import TokenVerifyView as TokenVerifyView
    from .http.error_responses import error_response as error_response
    from .http.login_limits import CountedAttempt as CountedAttempt
    from .http.marks import public as public
    from .http.middleware import BearerMiddleware as BearerMiddleware
    from .http.password_login import LoggedIn as LoggedIn
    from .models import ApiToken as ApiToken
    from .models import RevokedToken as RevokedToken
    from .models import ServiceAccount as ServiceAccount
    from .models import Session as Session
    from .sessions.api_tokens import IssuedApiToken as IssuedApiToken
    from .sessions.handing_out import IssuedTokens as IssuedTokens
    from .sessions.login_policy import Allow as Allow
    from .sessions.login_policy import LoginAttempt as LoginAttempt
    from .sessions.login_policy import Refuse as Refuse
    from .sessions.principal import Principal as Principal
    from .verbs import account_fingerprint as account_fingerprint
    from .verbs import admit_attempt as admit_attempt
    from .verbs import admit_mail_request as admit_mail_request
    from .verbs import authenticate_token as authenticate_token
    from .verbs import count_login_attempt as count_login_attempt
    from .verbs import decode_token as decode_token
    from .verbs import device_pass as device_pass
    from .verbs import is_token_revoked as is_token_revoked
    from .verbs import issue_api_token as issue_api_token
    from .verbs import issue_session as issue_session
    from .verbs import login as login
    from .verbs import redeem_device_pass as redeem_device_pass
    from .verbs import refresh_session as refresh_session
    from .verbs import revoke_api_token as revoke_api_token
    from .verbs import revoke_everything as revoke_everything
    from .verbs import revoke_key as revoke_key
    from .verbs import revoke_session as revoke_session
    from .verbs import revoke_token as revoke_token
    from .verbs import revoke_user as revoke_user

_HOME = {
    "BearerMiddleware": "http.middleware",
    "IssuedTokens": "sessions.handing_out",
    "Principal": "sessions.principal",
    "ApiToken": "models",
    "IssuedApiToken": "sessions.api_tokens",
    "RevokedToken": "models",
    "ServiceAccount": "models",
    "Session": "models",
    "TokenAnonRateThrottle": "adapters.drf.throttling",
    "TokenVerifyView": "adapters.drf.views",
    "Allow": "sessions.login_policy",
    "CountedAttempt": "http.login_limits",
    "LoggedIn": "http.password_login",
    "LoginAttempt": "sessions.login_policy",
    "Refuse": "sessions.login_policy",
    "account_fingerprint": "verbs",
    "admit_attempt": "verbs",
    "admit_mail_request": "verbs",
    "authenticate_token": "verbs",
    "count_login_attempt": "verbs",
    "decode_token": "verbs",
    "device_pass": "verbs",
    "error_response": "http.error_responses",
    "is_token_revoked": "verbs",
    "public": "http.marks",
    "issue_api_token": "verbs",
    "issue_session": "verbs",
    "login": "verbs",
    "redeem_device_pass": "verbs",
    "refresh_session": "verbs",
    "revoke_api_token": "verbs",
    "revoke_everything": "verbs",
    "revoke_key": "verbs",
    "revoke_session": "verbs",
    "revoke_token": "verbs",
    "revoke_user": "verbs",
}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
