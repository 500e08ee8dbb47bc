"""The public functions, typed: everything a plug-in (GraphQL, gRPC, a magic link) needs, and nothing private."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from . import conf
from .accounts import known_devices
from .accounts.login_policy import PASSWORD
from .accounts.principal import Principal
from .api_tokens.issue_and_revoke import issue_api_token, revoke_api_token
from .conf.clients import DEFAULT_CLIENT
from .errors import Failure, InvalidToken, RateLimited
from .http import authentication, client_address, login_limits
from .http.given import credential_of, text_of
from .http.login_limits import CountedAttempt
from .http.password_login import MAX_NAME, MAX_PASSWORD, LoggedIn, prepare_login
from .http.refresh_limit import limit_for
from .http.request_device import request_device
from .primitives.redaction import redact_locals
from .rate_limits import limiter, rules
from .sessions.issue import issue_session as _issue_session
from .sessions.revocation import revoke_all_issuer_tokens, revoke_key, revoke_session, revoke_user
from .sessions.revocation import revoke_token as _revoke_token
from .sessions.rotation import RefreshRequest, rotate
from .sessions.token_response import IssuedTokens
from .tokens.access_claims import AccessClaims
from .tokens.refresh_token import TokenDelivery

__all__ = [
    "account_fingerprint",
    "admit_mail_request",
    "authenticate_token",
    "check_rate_limit",
    "count_login_attempt",
    "decode_token",
    "is_token_revoked",
    "issue_api_token",
    "issue_login_unlock_link",
    "issue_session",
    "login",
    "redeem_login_unlock_link",
    "refresh_session",
    "revoke_all_issuer_tokens",
    "revoke_api_token",
    "revoke_key",
    "revoke_session",
    "revoke_token",
    "revoke_user",
]


@redact_locals
def issue_session(
    user: Any,
    *,
    request: Any = None,
    scope: Iterable[str] | None = None,
    resource: Sequence[str] | None = None,
    client_id: str = DEFAULT_CLIENT,
    delivery: TokenDelivery = TokenDelivery.BODY,
    amr: Iterable[str] = (),
    acr: str = "",
    extras: Mapping[str, Any] | None = None,
) -> IssuedTokens:
    """Begin a session for `user` and return its first tokens.

    Call it only after the user has been authenticated: it checks no password. It refuses an inactive user, and whom
    `BEARER["LOGIN_POLICY"]` refuses.
    `client_id` names one of `BEARER["CLIENTS"]`; its lifetimes are the session's from now on, whatever the settings
    say later. `scope` may narrow what client and `SCOPES` both have, never widen it; None grants all of it.
    `resource` narrows in the same way the audiences that this session's tokens may be for, the first token being for
    the first of them (RFC 8707). `amr` names the methods that were used (RFC 8176).

    `request` matters where ISSUER or AUDIENCE is a callable, and says from which device and network the session
    began, for the user's list of sessions. `extras` are kept with the session, as JSON.

    Raises `InvalidCredentials` for an inactive or unsaved user, `LoginRefused` where the policy refuses,
    `TemporarilyUnavailable` where it fails, `InvalidScope` for a scope beyond the settings,
    `InvalidTarget` for an audience beyond them, `UnknownClient` for a client that is not configured, and
    `UnauthorizedClient` for one that is not of the kind `delivery` asks for.
    """
    seen = request_device(request) if isinstance(request, HttpRequest) else {}
    return _issue_session(
        user,
        request=request,
        scope=scope,
        resource=resource,
        client_id=client_id,
        delivery=delivery,
        amr=amr,
        acr=acr,
        extras={**seen, **(extras or {})},
    )


@redact_locals
@sensitive_variables()
def login(
    request: HttpRequest,
    username: str,
    password: str,
    *,
    client_id: str = DEFAULT_CLIENT,
    delivery: TokenDelivery = TokenDelivery.BODY,
    scope: Iterable[str] | None = None,
    resource: Sequence[str] | None = None,
    amr: Iterable[str] = (PASSWORD,),
    acr: str = "",
    known_device_token: str = "",
    extras: Mapping[str, Any] | None = None,
) -> LoggedIn:
    """Log a user in by name and password, as `login/` does: for a login endpoint of your own.

    The attempt is counted in `BEARER["LOGIN_RATE_LIMITS"]` before any password is hashed; then Django's
    `authenticate()` is asked, then `BEARER["LOGIN_POLICY"]`; then a session is issued, the attempt is forgiven,
    Django's `user_logged_in` is sent and the events are published. `amr` names the methods that you have checked,
    the password among them (RFC 8176): check your own step first, counted by `check_rate_limit`.
    `known_device_token` is what an earlier login of this device was given; a browser's is read from its cookie.
    The other parameters are those of `issue_session`. Call it outside any transaction, and over HTTPS only.

    Returns the user, the tokens and the device credential to hand out. Raises `RateLimited` (with `retry_after`, in
    seconds), `InvalidCredentials` for an unknown user, a wrong password and an inactive account alike,
    `LoginUnavailable` where the project asks for a second step that `amr` does not name and no policy is set,
    `InvalidRequest` for a name or a password that is no `str`, empty, too long (320 and 4,096 characters), or holds a
    NUL, and all that `issue_session` raises.
    """
    prepared = prepare_login(
        request,
        credential_of(username, "username", MAX_NAME),
        credential_of(password, "password", MAX_PASSWORD),
        client_id=client_id,
        delivery=delivery,
        scope=scope,
        resource=resource,
        amr=amr,
        acr=acr,
        shown=text_of(known_device_token, "known_device_token"),
        extras=extras,
    )
    prepared.store()
    return prepared.done


@redact_locals
def count_login_attempt(username: str, *, request: Any = None) -> CountedAttempt:
    """Count an attempt at an account's password, for code that calls `check_password()` itself.

    Call it before the password is looked at, and tell the result `succeeded(user)` or `failed()` afterwards. Code
    that calls Django's `authenticate()` needs none of it. Without `request` the attempt is counted by the account
    alone. Raises `RateLimited`, whose `retry_after` is in seconds, `InvalidRequest` for what is no name, and
    `InvalidCredentials` where saying that the account's limit is reached would tell that it exists: answer that as a
    wrong password.
    """
    return login_limits.count(request, credential_of(username, "username", MAX_NAME))


def check_rate_limit(purpose: str, account: str, *, request: Any) -> None:
    """Count an attempt at a code, a recovery or anything else that can be guessed; call it before you look at it.

    Counted by address and by account (in all its spellings) at the rates of `BEARER["CODE_RATE_LIMITS"]`, for each
    `purpose` by itself, over all processes. Raises `errors.RateLimited`, whose `retry_after` is in seconds, and
    `errors.InvalidRequest` for an account that is no `str`, as a body may have it.
    """
    account = text_of(account, "account")
    address = client_address.prefix(client_address.client(request.META, conf.current().trusted_proxies))
    wait = limiter.admit(rules.code(address, purpose, account))
    if wait:
        raise RateLimited(f"too many attempts at {purpose}", retry_after=wait)


def issue_login_unlock_link(user: Any, *, request: Any = None) -> str | None:
    """A pass for an owner who is locked out of logging in: mail it to the address that is on file, and nowhere else.

    It is good once, for two hours, and only for `redeem_login_unlock_link`; not after a changed password or a logout
    everywhere. None where five were made within the hour, of which one that was mailed is still good: so whoever asks
    again and again neither floods the owner's mailbox nor keeps the owner from a pass.
    """
    issuer = conf.issuer(request)
    if limiter.admit(rules.passes(known_devices.account_fingerprint(issuer, user))):
        return None
    return known_devices.make_unlock_token(issuer, user) or None


def admit_mail_request(purpose: str, account: str, *, request: Any) -> None:
    """Count a request for a mail to an account's owner; call it before you look for the account.

    Counted by address, and by account from that address, at `BEARER["CODE_RATE_LIMITS"]`; not by account from
    everywhere, or whoever locks an owner out would keep the owner from the mail, too. So bound the mails by other
    means, as `issue_login_unlock_link` does. Raises as `check_rate_limit` does.
    """
    account = text_of(account, "account")
    address = client_address.prefix(client_address.client(request.META, conf.current().trusted_proxies))
    wait = limiter.admit(rules.mail_request(address, purpose, account))
    if wait:
        raise RateLimited(f"too many requests for {purpose}", retry_after=wait)


def account_fingerprint(user: Any, *, request: Any = None) -> str:
    """A string that changes when the user's password is changed, when the user logs out everywhere or is deactivated.

    Sign it along with what must end then, such as a mailed link. A rehash of the same password does not change it;
    `revoke_all_issuer_tokens` does. It is 64 hexadecimal characters and says nothing of the password.
    `request` matters where ISSUER is a callable.
    """
    return known_devices.account_fingerprint(conf.issuer(request), user)


@sensitive_variables()
def redeem_login_unlock_link(text: str, username: str, *, request: Any = None) -> str | None:
    """The device credential for a pass, to be sent with the next login; None for a pass that is not good any more.

    A device that shows it is counted by itself, whatever others do to the account. It opens nothing.
    """
    return known_devices.redeem_unlock_token(
        text_of(text, "text"), conf.issuer(request), text_of(username, "username")
    )


@redact_locals
@sensitive_variables()
def authenticate_token(token: str, *, audience: str | None = None, request: Any = None) -> Principal:
    """The principal an access token stands for, by every check a request's token passes.

    `audience` is what the token is to be for, None for `BEARER["AUDIENCE"]`.
    `request` matters where ISSUER or AUDIENCE is a callable. Raises `errors.InvalidToken` for a token that is
    refused, `errors.TemporarilyUnavailable` when that cannot be told just now. How the token came to you is not
    checked: see that it was not over plain HTTP.
    """
    outcome = authentication.verify_token(token, request, audience)
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome


@redact_locals
@sensitive_variables()
def decode_token(token: str, *, audience: str | None = None, request: Any = None) -> AccessClaims:
    """The claims of an access token that is good now: verified, unexpired, not revoked, its user and session alive.

    There is no decoding without these checks. Raises as `authenticate_token` does.
    """
    claims = authenticate_token(token, audience=audience, request=request).claims
    if claims is None:
        raise InvalidToken("an API token carries no claims: ask authenticate_token()")
    return claims


@redact_locals
@sensitive_variables()
def is_token_revoked(token: str, *, audience: str | None = None, request: Any = None) -> bool:
    """Whether an access token is not accepted: revoked, expired, forged or otherwise, by a request's checks."""
    try:
        authenticate_token(token, audience=audience, request=request)
    except InvalidToken:
        return True
    return False


@redact_locals
@sensitive_variables()
def revoke_token(token: str, cause: str = "revoked", *, request: Any = None) -> bool:
    """Refuse one access token from now on, not its session; or an API token. False when it was not accepted."""
    outcome = authentication.verify_token_for_any(token, conf.audiences(request), request)
    if isinstance(outcome, Failure):
        return False
    if outcome.api_token is not None:
        return revoke_api_token(outcome.api_token.id, cause)
    if outcome.claims is not None:
        _revoke_token(outcome.claims, cause)
    return True


@redact_locals
@sensitive_variables()
def refresh_session(
    refresh_token: str,
    *,
    client_id: str = DEFAULT_CLIENT,
    resource: Sequence[str] | None = None,
    retry_key: str = "",
    context: str = "",
    request: Any = None,
) -> IssuedTokens:
    """Trade a native client's refresh token for the next one.

    `client_id` is the client that asks; where it has a secret, see first that it proved itself. `resource` names the
    one audience that the access token is to be for, out of the session's.
    `retry_key` is a random string that the client stored before asking: by it a lost answer can be asked for again.
    `context` says roughly where from (an address and a user agent), so that a repeat from elsewhere is noticed.

    Raises `errors.SessionEnded` when the session is over or another client's, `errors.UnknownClient`,
    `errors.InvalidTarget`, `errors.RateLimited` after too many that rotated nothing (`BEARER["REFRESH_RATE_LIMITS"]`,
    by session, and by address where `request` is given), `errors.TemporarilyUnavailable` when the same call may
    succeed shortly, and `errors.InsideTransaction` within a transaction of yours, whose rollback would bring a
    used token back: under `ATOMIC_REQUESTS` exempt the view with `transaction.non_atomic_requests`.
    `errors.InvalidRequest` for what is no `str`, as a body may have it.
    """
    asked = RefreshRequest(
        token=text_of(refresh_token, "refresh_token"),
        client_id=text_of(client_id, "client_id"),
        retry_key=text_of(retry_key, "retry_key"),
        resource=None if resource is None else tuple(resource),
        context=text_of(context, "context"),
        count=limit_for(request),
    )
    outcome = rotate(asked, request=request)
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome
