"""The errors of this package, each with a stable code, and `Failure`, a refusal as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar


def gettext_noop(text: str) -> str:
    """Mark a string for translation. It is translated when it is sent, into the language of the request."""
    return text


class BearerError(Exception):
    """The base of everything that this package raises on purpose.

    `code` is stable. `description` is what a caller may read. The text of the exception is for the developer, and
    never leaves the server.

    Args:
        reason: The failed check and how to fix it, for the log.

    Attributes:
        code: The name of the error for programs.
        description: A sentence for the caller.
    """

    code: ClassVar[str] = "error"
    description: ClassVar[str] = gettext_noop("Something went wrong.")

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or self.description)


class ConfigurationError(BearerError):
    """`BEARER`, a setting of Django that it depends on, or an argument in the project's code cannot be used."""

    code = "configuration"
    description = gettext_noop("The server's token settings cannot be used.")


class InvalidKey(BearerError):
    """A key is malformed, too weak, not on its curve, or not for this use.

    Source:
        RFC 8725 section 3.5, RFC 7517 section 4.
    """

    code = "key_refused"
    description = gettext_noop("The key cannot be used.")


class KeyDecryptionFailed(BearerError):
    """A stored key cannot be decrypted with the key-encryption keys at hand."""

    code = "key_unusable"
    description = gettext_noop("A stored key cannot be opened.")


class MalformedToken(BearerError):
    """The bytes are not a token of the expected kind."""

    code = "malformed"
    description = gettext_noop("Not a token.")


class InvalidSignature(BearerError):
    """The header, the key or the signature of a signed token is wrong.

    Source:
        RFC 7515 section 5.2.
    """

    code = "signature_refused"
    description = gettext_noop("The signature does not hold.")


class InvalidClaims(BearerError):
    """The signature of a token is right, and its claims are not.

    Source:
        RFC 7519 section 7.2.
    """

    code = "claim_refused"
    description = gettext_noop("The claims do not hold.")


class HTTPRefusal(BearerError):
    """The base of the refusals that a caller is told about.

    Attributes:
        status: The HTTP status code.
        error: The error code of OAuth.
        retry_after: Seconds until it is worth trying again, or None where that is not known.
        members: A mapping of further members of the answer, beside `error`, `error_description` and `code`. Numbers
            are in seconds.
        challenge_members: A mapping of further members of the challenge, without quotes and backslashes.

    Source:
        RFC 6749 section 5.2, RFC 6750 section 3.1, RFC 9110 section 10.2.3 (Retry-After).
    """

    status: ClassVar[int] = 400
    error: ClassVar[str] = "invalid_request"
    retry_after: int | None = None
    members: Mapping[str, Any] = MappingProxyType({})
    challenge_members: Mapping[str, str] = MappingProxyType({})


class InvalidRequest(HTTPRefusal):
    """The request is malformed.

    Source:
        RFC 6750 section 3.1.
    """

    code = "invalid_request"
    description = gettext_noop("The request is malformed or lacks a parameter.")


class MultipleCredentials(InvalidRequest):
    """A token came in more than one way.

    Source:
        RFC 6750 section 2.
    """

    code = "multiple_credentials"
    description = gettext_noop("Send the token once, in one Authorization header.")


class InsecureTransport(InvalidRequest):
    """A token came over plain HTTP.

    Source:
        RFC 6750 section 5.3.
    """

    code = "insecure_transport"
    description = gettext_noop("Tokens are accepted over HTTPS only. A token sent over plain HTTP is invalid.")


class TransportUnknown(InvalidRequest):
    """It cannot be told whether a token came over HTTPS.

    Source:
        RFC 6750 section 5.3.
    """

    code = "transport_unknown"
    description = gettext_noop("The server cannot tell that this request came over HTTPS.")


class BodyTooLarge(HTTPRefusal):
    """The body is larger than any honest request to this endpoint.

    Source:
        RFC 9110 section 15.5.14.
    """

    status = 413
    code = "body_too_large"
    description = gettext_noop("The request body is too large.")


class UnsupportedMediaType(HTTPRefusal):
    """The body is not JSON.

    Source:
        RFC 9110 section 15.5.16.
    """

    status = 415
    code = "unsupported_media_type"
    description = gettext_noop("Send a JSON object with Content-Type: application/json.")


class MethodNotAllowed(HTTPRefusal):
    """The endpoint does not answer this method.

    Source:
        RFC 9110 section 15.5.6.
    """

    status = 405
    code = "method_not_allowed"
    description = gettext_noop("This endpoint does not answer that method.")


class NotFound(HTTPRefusal):
    """There is no such thing, or it is not the caller's. The answer does not tell which.

    Source:
        RFC 9110 section 15.5.5.
    """

    status = 404
    code = "not_found"
    description = gettext_noop("There is no such thing of yours.")


class BrowserUnsupported(HTTPRefusal):
    """A browser asked for what only native clients get.

    Source:
        RFC 6750 section 3.1 (`invalid_request`), OWASP ASVS 14.3.3.
    """

    status = 403
    code = "browser_unsupported"
    description = gettext_noop("This endpoint does not hand refresh tokens to a browser.")


class OriginNotAllowed(HTTPRefusal):
    """A page may not use a session's cookie in this way, or from this origin.

    Source:
        RFC 6454 section 7, OWASP ASVS 3.5.1.
    """

    status = 403
    code = "origin_refused"
    description = gettext_noop("This server does not take that request from this page.")


class InvalidScope(HTTPRefusal):
    """The request asks for a scope that this session does not have.

    Source:
        RFC 6749 section 5.2.
    """

    error = "invalid_scope"
    code = "invalid_scope"
    description = gettext_noop("The scope asked for is not granted to this session.")


class InvalidTarget(HTTPRefusal):
    """The request asks for an audience that this client or session does not have.

    Source:
        RFC 8707 section 2.
    """

    error = "invalid_target"
    code = "invalid_target"
    description = gettext_noop("The resource asked for is not one this client and session have.")


class UnknownIssuer(HTTPRefusal):
    """The request came to a host that is no issuer's.

    Source:
        RFC 8414 section 2 (issuer).
    """

    code = "unknown_issuer"
    description = gettext_noop("This server issues no tokens under that host.")


class UnknownClient(HTTPRefusal):
    """`BEARER["CLIENTS"]` does not have the client that asks.

    Source:
        RFC 6749 section 5.2.
    """

    error = "invalid_client"
    code = "unknown_client"
    description = gettext_noop("No such client. Send the client_id that this server knows.")


class UnauthorizedClient(HTTPRefusal):
    """The client is known, and may not do this.

    Source:
        RFC 6749 section 5.2.
    """

    error = "unauthorized_client"
    code = "unauthorized_client"
    description = gettext_noop("This client may not do that.")


class InvalidClient(HTTPRefusal):
    """The client did not prove that it is the one it names.

    Source:
        RFC 6749 section 5.2.
    """

    status = 401
    error = "invalid_client"
    code = "invalid_client"
    description = gettext_noop("The client's secret is missing or wrong.")


class InvalidToken(HTTPRefusal):
    """The access token is expired, revoked, malformed or otherwise invalid.

    Source:
        RFC 6750 section 3.1.
    """

    status = 401
    error = "invalid_token"
    code = "invalid_token"
    description = gettext_noop("The access token is invalid, expired or revoked.")


class NotAuthenticated(HTTPRefusal):
    """No credential was sent where one is required.

    Source:
        RFC 6750 section 3, RFC 9110 section 15.5.2.
    """

    status = 401
    error = "invalid_token"
    code = "not_authenticated"
    description = gettext_noop("Authentication is required.")


class InsufficientScope(HTTPRefusal):
    """The token is valid and lacks a scope.

    Source:
        RFC 6750 section 3.1.
    """

    status = 403
    error = "insufficient_scope"
    code = "insufficient_scope"
    description = gettext_noop("The access token does not carry the scope this needs.")


class SessionRequired(HTTPRefusal):
    """The token is valid, but this is for a session, and an API token has none.

    Source:
        RFC 6750 section 3.1 (`insufficient_scope`).
    """

    status = 403
    error = "insufficient_scope"
    code = "session_required"
    description = gettext_noop("This is for a logged-in user; an API token does not reach it.")


class ReauthenticationRequired(HTTPRefusal):
    """This requires a recent login.

    Its `challenge_members` tell the client what would do: `max_age` in seconds, `acr_values` in order of preference.

    Source:
        RFC 9470 section 3.
    """

    status = 401
    error = "insufficient_user_authentication"
    code = "login_too_old"
    description = gettext_noop("Log in again to do this.")


class StrongerLoginRequired(ReauthenticationRequired):
    """This requires a login by stronger methods than those behind the token.

    Source:
        RFC 9470 section 3.
    """

    code = "login_too_weak"
    description = gettext_noop("Confirm with a stronger method to do this.")


class InvalidCredentials(HTTPRefusal):
    """The login failed. An unknown user, a wrong password and an inactive account give the same answer.

    Source:
        RFC 6749 section 5.2 (`invalid_grant`), OWASP ASVS 6.3.8.
    """

    status = 401
    error = "invalid_grant"
    code = "invalid_credentials"
    description = gettext_noop("No account matches these credentials.")


class LoginRefused(HTTPRefusal):
    """`BEARER["LOGIN_POLICY"]` refused. What it says is in `members`.

    Source:
        RFC 6749 section 4.1.2.1 (`access_denied`).
    """

    status = 403
    error = "access_denied"
    code = "login_refused"
    description = gettext_noop("This login is not allowed.")


class RequestRefused(HTTPRefusal):
    """The credential is valid, and the project's policy refuses the request; it may say why in `members`.

    Source:
        RFC 6749 section 4.1.2.1 (`access_denied`).
    """

    status = 403
    error = "access_denied"
    code = "request_refused"
    description = gettext_noop("This request is not allowed now.")


class ImpersonationRefused(HTTPRefusal):
    """Staff acts for the user, and this is for the user alone.

    Source:
        RFC 8693 section 4.1.
    """

    status = 403
    error = "access_denied"
    code = "impersonated"
    description = gettext_noop("This is not possible while you act for another user.")


class LoginIncomplete(HTTPRefusal):
    """The login lacks a step; its `members` are a mapping with the `step` and the `limited_token` for it.

    Source:
        OWASP ASVS 7.2.4, OpenID Connect Core section 3.1.2.6 (`interaction_required`).
    """

    status = 403
    error = "interaction_required"
    code = "login_incomplete"
    description = gettext_noop("One more step is needed to log in.")


class InvalidLimitedToken(HTTPRefusal):
    """The limited token is expired, used, or not for this step.

    Source:
        RFC 6749 section 5.2 (`invalid_grant`).
    """

    status = 401
    error = "invalid_grant"
    code = "limited_token_refused"
    description = gettext_noop("This login is over. Log in again.")


class InvalidCode(HTTPRefusal):
    """The code of the second factor is wrong or was used.

    Source:
        RFC 6749 section 5.2 (`invalid_grant`), OWASP ASVS 6.5.1.
    """

    status = 401
    error = "invalid_grant"
    code = "code_refused"
    description = gettext_noop("The code is wrong, or was used before.")


class InvalidRecoveryLink(HTTPRefusal):
    """The recovery link is expired, used, or of an account that has changed since.

    Source:
        RFC 6749 section 5.2 (`invalid_grant`), OWASP ASVS 6.4.1.
    """

    status = 401
    error = "invalid_grant"
    code = "recovery_link_refused"
    description = gettext_noop("This link is not valid any more. Ask for another one.")


class InvalidTicket(HTTPRefusal):
    """The ticket is expired, redeemed, or for another place.

    Source:
        RFC 6750 section 3.1 (`invalid_token`).
    """

    status = 401
    error = "invalid_token"
    code = "ticket_refused"
    description = gettext_noop("This link was used or has expired. Ask for another one.")


class InvalidHandover(HTTPRefusal):
    """The handover is over, redeemed, or not for this receiver.

    Source:
        RFC 6749 section 5.2 (`invalid_grant`), RFC 7636 section 4.6.
    """

    status = 401
    error = "invalid_grant"
    code = "handover_refused"
    description = gettext_noop("This code is not valid any more. Begin again on the device that is logged in.")


class HandoverPending(HTTPRefusal):
    """The handover waits for the other side: for a receiver that begins, or for the number that the receiver shows.

    Source:
        RFC 8628 section 3.5 (`authorization_pending`).
    """

    error = "authorization_pending"
    code = "handover_pending"
    description = gettext_noop("The other device has not finished yet.")


class WrongHandoverNumber(HTTPRefusal):
    """The number is not the one that the receiver shows.

    Source:
        RFC 8628 section 5.4.
    """

    status = 401
    error = "invalid_grant"
    code = "handover_number_refused"
    description = gettext_noop("The other device shows another number.")


class PasswordRejected(HTTPRefusal):
    """`AUTH_PASSWORD_VALIDATORS` refuse the password; `message` among its `members`, a mapping, says why.

    Source:
        RFC 6749 section 5.2, NIST SP 800-63B-4 (OWASP ASVS 6.2.4).
    """

    code = "password_rejected"
    description = gettext_noop("Choose another password.")


class LoginUnavailable(HTTPRefusal):
    """The project asks for a second step, and no `LOGIN_POLICY` says who may log in by password alone.

    Source:
        RFC 6749 section 4.1.2.1 (`temporarily_unavailable`).
    """

    status = 503
    error = "temporarily_unavailable"
    code = "login_unavailable"
    description = gettext_noop("Logging in is not possible here.")


class PasswordRequired(HTTPRefusal):
    """This requires the password of the account in the request, and it is missing or wrong.

    Source:
        RFC 6749 section 4.1.2.1 (`access_denied`), OWASP ASVS 7.5.1.
    """

    status = 403
    error = "access_denied"
    code = "password_required"
    description = gettext_noop("Send the password of this account with the request.")


class SessionEnded(HTTPRefusal):
    """The refresh token is of no use any more: log in again.

    Source:
        RFC 6749 section 5.2 (`invalid_grant`).
    """

    status = 401
    error = "invalid_grant"
    code = "session_ended"
    description = gettext_noop("The session has ended. Log in again.")


class RateLimited(HTTPRefusal):
    """There were too many attempts.

    Args:
        reason: Which limit is reached, for the log.
        retry_after: Seconds until it is worth trying again.

    Source:
        RFC 6585 section 4, RFC 8628 section 3.5 (`slow_down`).
    """

    status = 429
    error = "slow_down"
    code = "throttled"
    description = gettext_noop("Too many attempts. Try again later.")

    def __init__(self, reason: str = "", retry_after: int = 1) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TemporarilyUnavailable(HTTPRefusal):
    """Nothing is wrong with the request. The same request may succeed shortly.

    Source:
        RFC 9110 section 15.6.4.
    """

    status = 503
    error = "temporarily_unavailable"
    code = "retry"
    description = gettext_noop("Try the same request again in a moment.")
    retry_after = 1


class RateLimitUnavailable(TemporarilyUnavailable):
    """An attempt could not be counted, so it was not looked at.

    Source:
        RFC 9110 section 15.6.4.
    """

    code = "rate_limit_unavailable"
    description = gettext_noop("The server cannot count attempts just now. Try again in a moment.")


class InsideTransaction(HTTPRefusal):
    """A function was called inside of a transaction that it must not be part of. The server's code is at fault.

    Source:
        RFC 9110 section 15.6.1.
    """

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
