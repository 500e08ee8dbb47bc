"""The errors of the client. Those that the server's refusals become are in `server_errors`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class ClientError(Exception):
    """The base of everything that this package raises on purpose.

    Attributes:
        code: The name of the error for programs. That of a refusal is the server's own.
        status: The HTTP status, or 0 where no whole answer came.
        retry_after: Seconds until it is worth trying again, or None where that is not known.
        members: A mapping of further members of the server's answer, such as `step` and `limited_token`.
    """

    code: ClassVar[str] = "error"
    status: int = 0
    retry_after: float | None = None
    members: Mapping[str, object] = MappingProxyType({})


class NotLoggedIn(ClientError):
    """There are no tokens. Call `login` first."""

    code = "not_logged_in"


class Unreachable(ClientError):
    """The server did not answer, or could not at the time. The tokens are kept: try again later."""

    code = "unreachable"


class UnexpectedAnswer(ClientError):
    """Something answered that is no django-bearer server. The tokens are kept."""

    code = "unexpected_answer"


class TokenFileError(ClientError):
    """The token file cannot be used. The text says why, and what to do."""

    code = "token_file"


class ServerRefusal(ClientError):
    """The base of the refusals that the server answers with."""

    code = "refused"


class AccountsError(ServerRefusal):
    """What django-allauth refused at the server: a wrong code, an account at another site that cannot be used.

    Attributes:
        reason: django-allauth's own code, such as `incorrect_code`, or an empty string.
    """

    code = "accounts_refused"
    reason: str = ""
