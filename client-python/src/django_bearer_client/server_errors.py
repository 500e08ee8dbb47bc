"""Every code that a django-bearer server answers with, a class each. Written by tools/client_errors.py."""

from __future__ import annotations

from .errors import ServerRefusal


class BodyTooLarge(ServerRefusal):
    """The request body is too large."""

    code = "body_too_large"


class BrowserUnsupported(ServerRefusal):
    """This endpoint does not hand refresh tokens to a browser."""

    code = "browser_unsupported"


class HandoverPending(ServerRefusal):
    """The other device has not finished yet."""

    code = "handover_pending"


class ImpersonationRefused(ServerRefusal):
    """This is not possible while you act for another user."""

    code = "impersonated"


class InsecureTransport(ServerRefusal):
    """Tokens are accepted over HTTPS only. A token sent over plain HTTP is invalid."""

    code = "insecure_transport"


class InsideTransaction(ServerRefusal):
    """A fault in the server's own code keeps it from doing this."""

    code = "inside_transaction"


class InsufficientScope(ServerRefusal):
    """The access token does not carry the scope this needs."""

    code = "insufficient_scope"


class InvalidClient(ServerRefusal):
    """The client's secret is missing or wrong."""

    code = "invalid_client"


class InvalidCode(ServerRefusal):
    """The code is wrong, or was used before."""

    code = "code_refused"


class InvalidCredentials(ServerRefusal):
    """No account matches these credentials."""

    code = "invalid_credentials"


class InvalidHandover(ServerRefusal):
    """This code is not valid any more. Begin again on the device that is logged in."""

    code = "handover_refused"


class InvalidLimitedToken(ServerRefusal):
    """This login is over. Log in again."""

    code = "limited_token_refused"


class InvalidRecoveryLink(ServerRefusal):
    """This link is not valid any more. Ask for another one."""

    code = "recovery_link_refused"


class InvalidRequest(ServerRefusal):
    """The request is malformed or lacks a parameter."""

    code = "invalid_request"


class InvalidScope(ServerRefusal):
    """The scope asked for is not granted to this session."""

    code = "invalid_scope"


class InvalidTarget(ServerRefusal):
    """The resource asked for is not one this client and session have."""

    code = "invalid_target"


class InvalidTicket(ServerRefusal):
    """This link was used or has expired. Ask for another one."""

    code = "ticket_refused"


class InvalidToken(ServerRefusal):
    """The access token is invalid, expired or revoked."""

    code = "invalid_token"


class LoginIncomplete(ServerRefusal):
    """One more step is needed to log in."""

    code = "login_incomplete"


class LoginRefused(ServerRefusal):
    """This login is not allowed."""

    code = "login_refused"


class LoginUnavailable(ServerRefusal):
    """Logging in is not possible here."""

    code = "login_unavailable"


class MethodNotAllowed(ServerRefusal):
    """This endpoint does not answer that method."""

    code = "method_not_allowed"


class MultipleCredentials(ServerRefusal):
    """Send the token once, in one Authorization header."""

    code = "multiple_credentials"


class NotAuthenticated(ServerRefusal):
    """Authentication is required."""

    code = "not_authenticated"


class NotFound(ServerRefusal):
    """There is no such thing of yours."""

    code = "not_found"


class OriginNotAllowed(ServerRefusal):
    """This server does not take that request from this page."""

    code = "origin_refused"


class PasswordRejected(ServerRefusal):
    """Choose another password."""

    code = "password_rejected"


class PasswordRequired(ServerRefusal):
    """Send the password of this account with the request."""

    code = "password_required"


class RateLimitUnavailable(ServerRefusal):
    """The server cannot count attempts just now. Try again in a moment."""

    code = "rate_limit_unavailable"


class RateLimited(ServerRefusal):
    """Too many attempts. Try again later."""

    code = "throttled"


class ReauthenticationRequired(ServerRefusal):
    """Log in again to do this."""

    code = "login_too_old"


class RequestRefused(ServerRefusal):
    """This request is not allowed now."""

    code = "request_refused"


class SessionEnded(ServerRefusal):
    """The session has ended. Log in again."""

    code = "session_ended"


class SessionRequired(ServerRefusal):
    """This is for a logged-in user; an API token does not reach it."""

    code = "session_required"


class StrongerLoginRequired(ServerRefusal):
    """Confirm with a stronger method to do this."""

    code = "login_too_weak"


class TemporarilyUnavailable(ServerRefusal):
    """Try the same request again in a moment."""

    code = "retry"


class TransportUnknown(ServerRefusal):
    """The server cannot tell that this request came over HTTPS."""

    code = "transport_unknown"


class UnauthorizedClient(ServerRefusal):
    """This client may not do that."""

    code = "unauthorized_client"


class UnknownClient(ServerRefusal):
    """No such client. Send the client_id that this server knows."""

    code = "unknown_client"


class UnknownIssuer(ServerRefusal):
    """This server issues no tokens under that host."""

    code = "unknown_issuer"


class UnsupportedMediaType(ServerRefusal):
    """Send a JSON object with Content-Type: application/json."""

    code = "unsupported_media_type"


class WrongHandoverNumber(ServerRefusal):
    """The other device shows another number."""

    code = "handover_number_refused"
