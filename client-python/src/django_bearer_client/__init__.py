"""Keeps a Python program logged in to an API that django-bearer protects.

`BearerAuth` is the authentication class for httpx, `TokenFile` keeps its tokens. The errors are in `errors` and, for
the refusals of the server, in `server_errors`; all of them can be imported from here.
"""

from .auth import BearerAuth
from .enrolment import Enrolment
from .errors import (
    AccountsError,
    ClientError,
    NotLoggedIn,
    ServerRefusal,
    TokenFileError,
    UnexpectedAnswer,
    Unreachable,
)
from .memory_store import MemoryStore
from .server_errors import (
    InvalidCode,
    InvalidCredentials,
    InvalidLimitedToken,
    LoginIncomplete,
    LoginRefused,
    RateLimited,
    SessionEnded,
    TemporarilyUnavailable,
)
from .stores import TokenStore
from .token_file import TokenFile
from .tokens import Tokens

__version__ = "0.2.0"
__all__ = [
    "AccountsError",
    "BearerAuth",
    "ClientError",
    "Enrolment",
    "InvalidCode",
    "InvalidCredentials",
    "InvalidLimitedToken",
    "LoginIncomplete",
    "LoginRefused",
    "MemoryStore",
    "NotLoggedIn",
    "RateLimited",
    "ServerRefusal",
    "SessionEnded",
    "TemporarilyUnavailable",
    "TokenFile",
    "TokenFileError",
    "TokenStore",
    "Tokens",
    "UnexpectedAnswer",
    "Unreachable",
    "__version__",
]
