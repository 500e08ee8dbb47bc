"""One table a file: what is stored where. What changes it is in `database`, `sessions` and `api_tokens`."""

from .account_token import AccountToken
from .api_token import ApiToken
from .enrolment_period import EnrolmentPeriod
from .issuer import Issuer
from .limited_login import LimitedLogin
from .login_handover import LoginHandover
from .rate_limit_counter import RateLimitCounter
from .recovery_link import RecoveryLink
from .remembered_device import RememberedDevice
from .revoked_token import RevokedToken
from .security_event_record import SecurityEventRecord
from .service_account import ServiceAccount
from .session import Session
from .signing_key import SigningKey
from .ticket import Ticket
from .user_token_version import UserTokenVersion
from .webhook_delivery import WebhookDelivery

__all__ = [
    "AccountToken",
    "ApiToken",
    "EnrolmentPeriod",
    "Issuer",
    "LimitedLogin",
    "LoginHandover",
    "RateLimitCounter",
    "RecoveryLink",
    "RememberedDevice",
    "RevokedToken",
    "SecurityEventRecord",
    "ServiceAccount",
    "Session",
    "SigningKey",
    "Ticket",
    "UserTokenVersion",
    "WebhookDelivery",
]
