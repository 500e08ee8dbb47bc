"""One table a file, and no verbs: what is written where, and nothing about when."""

from .api_token import ApiToken
from .counter import Counter
from .issuer import Issuer
from .revoked_token import RevokedToken
from .security_record import SecurityRecord
from .service_account import ServiceAccount
from .session import Session
from .signing_key import SigningKey
from .user_epoch import UserEpoch

__all__ = [
    "ApiToken",
    "Counter",
    "Issuer",
    "RevokedToken",
    "SecurityRecord",
    "ServiceAccount",
    "Session",
    "SigningKey",
    "UserEpoch",
]
