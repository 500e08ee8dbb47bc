"""Every way to say no: one ladder of errors with stable codes, and the value that carries a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar


def gettext_noop(text: str) -> str:
    """Mark a string for translation. It is translated where it is sent, in the language of whoever gets it."""
    return text


class BearerError(Exception):
    """Base of everything this package raises on purpose.

    `code` is stable and documented in docs/reference/errors.md; `description` is what a caller may read;
    the exception's own text is for the developer and never leaves the server.
    """

    code: ClassVar[str] = "error"
    description: ClassVar[str] = gettext_noop("Something went wrong.")

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or self.description)


class ConfigurationError(BearerError):
    """The `BEARER` settings (or Django's own that they lean on) cannot be used safely."""

    code = "configuration"
    description = gettext_noop("The server's token settings cannot be used.")


class InvalidKey(BearerError):
    """A key is malformed, too weak, not on its curve, or not meant for what was asked of it."""

    code = "key_refused"
    description = gettext_noop("The key cannot be used.")


class KeyDecryptionFailed(BearerError):
    """A stored key cannot be opened with the key-encryption keys at hand."""

    code = "key_unusable"
    description = gettext_noop("A stored key cannot be opened.")


class MalformedToken(BearerError):
    """Bytes that are not a token of the kind expected."""

    code = "malformed"
    description = gettext_noop("Not a token.")


class InvalidSignature(BearerError):
    """A signed token whose header, key or signature does not hold."""

    code = "signature_refused"
    description = gettext_noop("The signature does not hold.")


class InvalidClaims(BearerError):
    """A token whose signature holds and whose claims do not."""

    code = "claim_refused"
    description = gettext_noop("The claims do not hold.")


class HTTPRefusal(BearerError):
    """Base of the refusals a caller is told about.

    `status` is the HTTP status, `error` the OAuth error (RFC 6749 section 5.2, RFC 6750 section 3.1).
    """

    status: ClassVar[int] = 400
    error: ClassVar[str] = "invalid_request"
    retry_after: int | None = None
    """Seconds until it is worth trying again (RFC 9110 section 10.2.3), where that is known."""
    members: Mapping[str, str] = MappingProxyType({})
    """Further members of the answer, beside `error`, `error_description` and `code`."""


class InvalidRequest(HTTPRefusal):
    """The request is malformed (RFC 6750 section 3.1)."""

    code = "invalid_request"
    description = gettext_noop("The request is malformed or lacks a parameter.")


class MultipleCredentials(InvalidRequest):
    """A token came in more than one way (RFC 6750 section 2)."""

    code = "multiple_credentials"
    description = gettext_noop("Send the token once, in one Authorization header.")


class InsecureTransport(InvalidRequest):
    """A token came over plain HTTP."""

    code = "insecure_transport"
    description = gettext_noop("Tokens are accepted over HTTPS only. A token sent in clear is no longer valid.")


class TransportUnknown(InvalidRequest):
    """It cannot be told whether a token came over HTTPS."""

    code = "transport_unknown"
    description = gettext_noop("The server cannot tell that this request came over HTTPS.")


class BodyTooLarge(HTTPRefusal):
    """The body is larger than any honest request to this endpoint."""

    status = 413
    code = "body_too_large"
    description = gettext_noop("The request body is too large.")


class UnsupportedMediaType(HTTPRefusal):
    """The body is not JSON."""

    status = 415
    code = "unsupported_media_type"
    description = gettext_noop("Send a JSON object with Content-Type: application/json.")


class MethodNotAllowed(HTTPRefusal):
    """The endpoint does not answer this method."""

    status = 405
    code = "method_not_allowed"
    description = gettext_noop("This endpoint does not answer that method.")


class NotFound(HTTPRefusal):
    """There is no such thing, or it is not the caller's: which of the two is not told."""

    status = 404
    code = "not_found"
    description = gettext_noop("There is no such thing of yours.")


class BrowserUnsupported(HTTPRefusal):
    """A browser asked where only native clients are served."""

    status = 403
    code = "browser_unsupported"
    description = gettext_noop("This endpoint does not hand refresh tokens to a browser.")


class OriginNotAllowed(HTTPRefusal):
    """A page in a browser asked in a way, or from a place, that may not touch a session's cookie."""

    status = 403
    code = "origin_refused"
    description = gettext_noop("This server does not take that request from this page.")


class InvalidScope(HTTPRefusal):
    """A scope was asked for that this session does not have (RFC 6749 section 5.2)."""

    error = "invalid_scope"
    code = "invalid_scope"
    description = gettext_noop("The scope asked for is not granted to this session.")


class InvalidTarget(HTTPRefusal):
    """An audience was asked for that this client or session does not have (RFC 8707 section 2)."""

    error = "invalid_target"
    code = "invalid_target"
    description = gettext_noop("The resource asked for is not one this client and session have.")


class UnknownIssuer(HTTPRefusal):
    """The request came to a host that is no issuer's."""

    code = "unknown_issuer"
    description = gettext_noop("This server issues no tokens under that host.")


class UnknownClient(HTTPRefusal):
    """The client that asks is none that is configured (RFC 6749 section 5.2)."""

    error = "invalid_client"
    code = "unknown_client"
    description = gettext_noop("No such client. Send the client_id that this server knows.")


class UnauthorizedClient(HTTPRefusal):
    """The client is known and may not do this (RFC 6749 section 5.2)."""

    error = "unauthorized_client"
    code = "unauthorized_client"
    description = gettext_noop("This client may not do that.")


class InvalidClient(HTTPRefusal):
    """The client did not prove that it is who it says (RFC 6749 section 5.2)."""

    status = 401
    error = "invalid_client"
    code = "invalid_client"
    description = gettext_noop("The client's secret is missing or wrong.")


class InvalidToken(HTTPRefusal):
    """The access token is expired, revoked, malformed or otherwise invalid (RFC 6750 section 3.1)."""

    status = 401
    error = "invalid_token"
    code = "invalid_token"
    description = gettext_noop("The access token is invalid, expired or revoked.")


class NotAuthenticated(HTTPRefusal):
    """No credential was sent to a place that asks for one."""

    status = 401
    error = "invalid_token"
    code = "not_authenticated"
    description = gettext_noop("Authentication is required.")


class InsufficientScope(HTTPRefusal):
    """The token is valid and its scope does not reach (RFC 6750 section 3.1)."""

    status = 403
    error = "insufficient_scope"
    code = "insufficient_scope"
    description = gettext_noop("The access token does not carry the scope this needs.")


class SessionRequired(HTTPRefusal):
    """The token is valid, and what is asked for is for whoever has a session."""

    status = 403
    error = "insufficient_scope"
    code = "session_required"
    description = gettext_noop("This is for a logged-in user; an API token does not reach it.")


class ReauthenticationRequired(HTTPRefusal):
    """What is asked for wants a recent login (RFC 9470 section 3)."""

    status = 401
    error = "insufficient_user_authentication"
    code = "login_too_old"
    description = gettext_noop("Log in again to do this.")


class InvalidCredentials(HTTPRefusal):
    """Login failed. Unknown user, wrong password and inactive account are one answer (ASVS 6.3.8)."""

    status = 401
    error = "invalid_grant"
    code = "invalid_credentials"
    description = gettext_noop("No account matches these credentials.")


class LoginRefused(HTTPRefusal):
    """The project's `LOGIN_POLICY` refused; what it says of that is in `members`."""

    status = 403
    error = "access_denied"
    code = "login_refused"
    description = gettext_noop("This login is not allowed.")


class LoginUnavailable(HTTPRefusal):
    """A login by password alone, where the project asks for a second step and has not said what may do without."""

    status = 503
    error = "temporarily_unavailable"
    code = "login_unavailable"
    description = gettext_noop("Logging in is not possible here.")


class PasswordRequired(HTTPRefusal):
    """What is asked for wants the account's password in the request, and it is missing or wrong."""

    status = 403
    error = "access_denied"
    code = "password_required"
    description = gettext_noop("Send the password of this account with the request.")


class SessionEnded(HTTPRefusal):
    """The refresh token is of no use any more: log in again."""

    status = 401
    error = "invalid_grant"
    code = "session_ended"
    description = gettext_noop("The session has ended. Log in again.")


class RateLimited(HTTPRefusal):
    """Too many attempts (RFC 6585 section 4)."""

    status = 429
    error = "slow_down"
    code = "throttled"
    description = gettext_noop("Too many attempts. Try again later.")

    def __init__(self, reason: str = "", retry_after: int = 1) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TemporarilyUnavailable(HTTPRefusal):
    """Nothing is wrong with the request; the same request may succeed shortly."""

    status = 503
    error = "temporarily_unavailable"
    code = "retry"
    description = gettext_noop("Try the same request again in a moment.")
    retry_after = 1


class RateLimitUnavailable(TemporarilyUnavailable):
    """An attempt could not be counted, so it is not looked at."""

    code = "rate_limit_unavailable"
    description = gettext_noop("The server cannot count attempts just now. Try again in a moment.")


class InsideTransaction(HTTPRefusal):
    """What was called must not be part of a transaction. The server's code is at fault, and no request fixes it."""

    status = 500
    error = "server_error"
    code = "inside_transaction"
    description = gettext_noop("A fault in the server's own code keeps it from doing this.")


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal as a value: what the caller is told, and why, for the developer.

    `error` is the class a boundary may raise; `reason` names the failed check and goes to the debug log only.
    """

    error: type[HTTPRefusal]
    reason: str

    def __bool__(self) -> bool:
        return False

    def exception(self) -> HTTPRefusal:
        """The same refusal, ready to raise."""
        return self.error(self.reason)
