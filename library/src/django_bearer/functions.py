"""The public functions, typed: everything a plug-in (GraphQL, gRPC, a magic link) needs, and nothing private."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_variables

from . import conf
from .accounts import enrolment, known_devices, login_strength
from .accounts.lazy_user import settled
from .accounts.login_choice import NOTHING_CHOSEN, LoginChoice
from .accounts.login_policy import PASSWORD, Step
from .accounts.principal import Principal
from .accounts.request_policy import without_policy
from .api_tokens.issue_and_revoke import issue_api_token, revoke_api_token
from .conf import clients
from .conf.clients import DEFAULT_CLIENT
from .endpoints.base import unwrap
from .endpoints.login import finish
from .endpoints.second_factor import check_place
from .errors import Failure, InvalidToken, RateLimited, RequestRefused
from .http import authentication, client_address, login_limits, mail_limits, remembered_devices, second_step
from .http.error_responses import respond
from .http.handover import approve_handover, begin_handover, create_handover, redeem_handover
from .http.login_limits import CountedAttempt
from .http.password_login import MAX_NAME, MAX_PASSWORD, LoggedIn, prepare_login
from .http.refresh_limit import limit_for
from .http.request_device import request_device
from .http.ticket_issue import issue_ticket, redeem_ticket
from .http.view_input import credential_of, text_of
from .primitives.redaction import redact_locals
from .rate_limits import limiter, rules
from .recovery import factor_reset
from .sessions.issue import issue_session as _issue_session
from .sessions.limited_logins import PendingLogin
from .sessions.revocation import revoke_all_issuer_tokens, revoke_key, revoke_session, revoke_user
from .sessions.revocation import revoke_token as _revoke_token
from .sessions.rotation import RefreshRequest, rotate
from .sessions.step_up import step_up
from .sessions.token_response import IssuedTokens
from .sessions.verification import just_expired
from .tokens.access_claims import AccessClaims
from .tokens.refresh_token import TokenDelivery

__all__ = [
    "account_fingerprint",
    "approve_handover",
    "authenticate_token",
    "begin_handover",
    "cancel_factor_reset",
    "check_mail_rate_limit",
    "check_rate_limit",
    "complete_factor_reset",
    "complete_login",
    "count_login_attempt",
    "create_handover",
    "decode_token",
    "is_token_revoked",
    "issue_api_token",
    "issue_enrolment_code",
    "issue_login_unlock_token",
    "issue_session",
    "issue_ticket",
    "login",
    "pending_login",
    "redeem_handover",
    "redeem_login_unlock_token",
    "redeem_ticket",
    "refresh_session",
    "request_factor_reset",
    "require_step_up",
    "revoke_all_issuer_tokens",
    "revoke_api_token",
    "revoke_key",
    "revoke_session",
    "revoke_token",
    "revoke_user",
    "step_up_session",
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
    carried_until: int | None = None,
    choice: LoginChoice = NOTHING_CHOSEN,
) -> IssuedTokens:
    """Begin a session for `user` and return its first tokens.

    Call it only after you have authenticated the user: it checks no password. The client's lifetimes are the
    session's from now on, whatever the settings say later.

    Args:
        user: The user to log in, as Django's `authenticate()` returns it.
        request: The request, which says from which device and network the session began. It is needed where `ISSUER`
            or `AUDIENCE` is a callable.
        scope: The scopes to grant, out of those of the client and of `BEARER["SCOPES"]`. None grants all of these.
        resource: The audiences that tokens of this session may name, out of the client's. The first token is for the
            first of them. None means all of the client's.
        client_id: A key of `BEARER["CLIENTS"]`.
        delivery: Whether the refresh token reaches the client in a body or in a cookie.
        amr: A list of the methods by which the user has logged in, such as `pwd` and `otp`.
        acr: How strong the login was, in your own words or in those of a standard.
        extras: A mapping of str to JSON values that is kept in the session's row.
        carried_until: For a session that carries on a login of another package: when it ends at the latest, in
            seconds since 1970. Nobody has logged in just now, so no login of it counts as recent (`auth_time` is 0),
            and `amr` and `acr` stay empty.
        choice: What was chosen at the login, for `LOGIN_POLICY`, `LOGIN_CLAIMS` and the lifetime.

    Returns:
        The access token, the refresh token and their lifetimes.

    Raises:
        InvalidCredentials: The user is inactive or not saved.
        ImpersonationRefused: Staff acts for the user of `request`.
        LoginRefused: `BEARER["LOGIN_POLICY"]` refuses.
        InvalidRequest: `amr` or `acr` contains something other than a name, or more than 100 characters, or goes with
            `carried_until`; or `carried_until` is over.
        InvalidScope: `scope` names one that the client or `SCOPES` does not have.
        InvalidTarget: `resource` names an audience that the client does not have.
        UnknownClient: `CLIENTS` has no such key.
        UnauthorizedClient: The client is not of the kind that `delivery` is for.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The policy or `EXTRA_CLAIMS` failed, no stored key can be used, or the database was
            busy.

    Source:
        RFC 6749 section 3.3 (scope), RFC 8707 section 2 (resource), RFC 8176 (amr), RFC 9068 section 2.2 (claims).
    """
    seen = request_device(request) if isinstance(request, HttpRequest) else {}
    return _issue_session(
        user,
        request=request,
        scope=scope,
        resource=resource,
        client_id=client_id,
        delivery=delivery,
        amr=login_strength.methods_of(amr),
        acr=acr,
        extras={**seen, **(extras or {})},
        carried_until=carried_until,
        choice=choice,
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
    remembered_device_token: str = "",
    extras: Mapping[str, Any] | None = None,
    choice: LoginChoice = NOTHING_CHOSEN,
) -> LoggedIn:
    """Log a user in by name and password, as the endpoint `login/` does. For a login endpoint of your own.

    The attempt is counted before any password is hashed. Then Django's `authenticate()` is asked, then
    `BEARER["LOGIN_POLICY"]`. Then the session is stored, the attempt is forgiven, and Django's `user_logged_in` is
    sent. Call it outside of any transaction, and over HTTPS only.

    Args:
        request: The request, from which the address, the device and a browser's known-device cookie are read.
        username: What the person typed as the name, at most 320 characters.
        password: What the person typed as the password, at most 4,096 characters.
        client_id: A key of `BEARER["CLIENTS"]`.
        delivery: Whether the refresh token reaches the client in a body or in a cookie.
        scope: The scopes to grant. None grants all that the client and `BEARER["SCOPES"]` have.
        resource: The audiences that tokens of this session may name. None means all of the client's.
        amr: The methods that you have checked, the password among them. Check your own step first, and count it with
            `check_rate_limit`.
        acr: How strong the login was.
        known_device_token: What an earlier login gave to this device. A browser's is read from its cookie.
        remembered_device_token: What a login with `remember_device` gave to this device. With `delivery` by cookie it
            is read from the cookie alone.
        extras: A mapping of str to JSON values that is kept in the session's row.
        choice: What was chosen at the login, for `LOGIN_POLICY`, `LOGIN_CLAIMS` and the lifetime.

    Returns:
        The user, the tokens, and the known-device token to hand out.

    Raises:
        RateLimited: One of `BEARER["LOGIN_RATE_LIMITS"]` is reached. `retry_after` is in seconds.
        InvalidCredentials: No such user, a wrong password, or an inactive account. It never says which.
        LoginUnavailable: The project asks for a second step that `amr` does not name, and no policy is set.
        ImpersonationRefused: Staff acts for the user of `request`.
        LoginRefused: `BEARER["LOGIN_POLICY"]` refuses.
        InvalidRequest: The name or the password is not a str, is empty or too long, or contains a NUL; or `amr`
            or `acr` contains something other than a name, or more than 100 characters.
        InvalidScope: `scope` names one that the client or `SCOPES` does not have.
        InvalidTarget: `resource` names an audience that the client does not have.
        UnknownClient: `CLIENTS` has no such key.
        UnauthorizedClient: The client is not of the kind that `delivery` is for.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The policy or `EXTRA_CLAIMS` failed, no stored key can be used, or the database was
            busy.

    Source:
        RFC 8707 section 2 (resource), RFC 8176 (amr), OWASP ASVS 6.3.1 (counting), OWASP ASVS 6.3.8 (one answer).
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
        remembered=text_of(remembered_device_token, "remembered_device_token"),
        extras=extras,
        choice=choice,
    )
    prepared.store()
    return prepared.done


@redact_locals
def count_login_attempt(username: str, *, request: Any = None) -> CountedAttempt:
    """Count an attempt at an account's password. For code that calls `check_password()` itself.

    Call it before you look at the password. Afterwards call `succeeded(user)` or `failed()` of the result. Code that
    calls Django's `authenticate()` does not need it.

    Args:
        username: What the person typed as the name, at most 320 characters.
        request: The request, whose address is counted too. Without it only the account is counted.

    Returns:
        The counted attempt, which waits for its outcome.

    Raises:
        RateLimited: One of `BEARER["LOGIN_RATE_LIMITS"]` is reached. `retry_after` is in seconds.
        InvalidCredentials: The account's limit is reached, and to say so would tell that the account exists. Answer
            as for a wrong password.
        InvalidRequest: The name is not a str, is empty or too long, or contains a NUL.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The attempt could not be counted.

    Source:
        OWASP ASVS 6.3.1, RFC 6585 section 4.
    """
    return login_limits.count(request, credential_of(username, "username", MAX_NAME))


def check_rate_limit(purpose: str, account: str, *, request: Any) -> None:
    """Count an attempt at a code, a recovery, or anything else that can be guessed.

    Call it before you look at what was sent. The attempt is counted by address and by account, over all processes, at
    the rates of `BEARER["CODE_RATE_LIMITS"]`.

    Args:
        purpose: What is attempted, such as `"otp"`. Each purpose is counted by itself.
        account: The account's name as it was sent. All spellings of a name are counted together.
        request: The request, whose address is counted.

    Raises:
        RateLimited: A limit is reached. `retry_after` is in seconds.
        InvalidRequest: `account` is not a str, which a JSON body may contain.
        TemporarilyUnavailable: The attempt could not be counted.

    Source:
        OWASP ASVS 6.6.3, RFC 6585 section 4.
    """
    wait = limiter.admit(
        rules.code_attempt(client_address.of(request), purpose, rules.canonical(text_of(account, "account")))
    )
    if wait:
        raise RateLimited(f"too many attempts at {purpose}", retry_after=wait)


def issue_login_unlock_token(user: Any, *, request: Any = None) -> str | None:
    """Make an unlock token for an owner who is locked out of logging in.

    Mail it to the address on file, and nowhere else. It works once, for two hours, and only with
    `redeem_login_unlock_token`. A changed password or a logout everywhere ends it. After five within an hour it
    makes no more. At least one that was mailed still works then. So repeated requests neither flood the mailbox nor
    keep the owner out.

    Args:
        user: The owner of the account.
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        The unlock token, or None where five were made within the hour.

    Raises:
        ConfigurationError: `user` is not a user of this project.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: No stored key can be used, or the request could not be counted.
    """
    issuer = conf.issuer(request)
    if limiter.admit(rules.unlock_tokens(known_devices.account_fingerprint(issuer, user))):
        return None
    return known_devices.make_unlock_token(issuer, user) or None


def issue_enrolment_code(user: Any, *, request: Any = None) -> str:
    """Make a one-time code with which a user enrols a first second factor, once the time to enrol is over.

    For an administrator, who gives it to a user whom they know. With the password and this code, the user adds a
    factor. It is good once, for a day, and ends the user's earlier codes. Another password or a logout everywhere
    ends it. The user is told through `BEARER["ON_TOKEN_REUSE"]`.

    Args:
        user: The user.
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        The code: 16 letters and digits.

    Raises:
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The database was busy.

    Source:
        OWASP ASVS 6.4.1, NIST SP 800-63B-4 section 4.1.2 (binding an authenticator).
    """
    return enrolment.issue_code(settled(user), conf.issuer(request))


def request_factor_reset(user: Any, *, by: Any, request: Any = None) -> int:
    """Ask for the removal of a user's second factor, as a help desk does for who has lost it.

    The user is told by mail, and stops it by a login with the factor. Call `complete_factor_reset` afterwards.

    Args:
        user: The user.
        by: Who asks: active staff with the permission to change users, and not the user; for a superuser another one.
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        When `by` may complete it without a second person, in seconds since 1970.

    Raises:
        InvalidRequest: The user has no second factor, or no address to be told at.
        LoginRefused: `by` may not.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: `SECOND_FACTOR` failed, or the database was busy.

    Source:
        OWASP ASVS 6.4.4, NIST SP 800-63B-4 section 4.2 (recovery).
    """
    return factor_reset.request(user, by, conf.issuer(request))


def complete_factor_reset(user: Any, *, by: Any, request: Any = None) -> None:
    """Remove a user's second factor, for whom a reset was requested.

    `by` is a second person, or `BEARER["FACTOR_RESET_DELAY"]` has passed. Every session and API token of the user
    ends, and the user is told. Where `MFA_REQUIRED` names the user, the next login enrols a factor with a code.

    Args:
        user: The user.
        by: Who agrees: as who asks, who must still be allowed to.
        request: The request. It is needed where `ISSUER` is a callable.

    Raises:
        LoginRefused: Nobody has asked for the reset, it is too early for the same person, the user has shown the
            factor since, or `by` or the person who asked may not.
        InvalidRequest: `BEARER["SECOND_FACTOR"]` has no `remove_factors`.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: `SECOND_FACTOR` failed, or the database was busy.

    Source:
        OWASP ASVS 6.4.4, NIST SP 800-63B-4 section 4.2 (recovery).
    """
    factor_reset.complete(user, by, conf.issuer(request))


def cancel_factor_reset(user: Any) -> None:
    """Forget that a reset of this user's second factor was requested.

    Args:
        user: The user.

    Raises:
        TemporarilyUnavailable: The database was busy.
    """
    factor_reset.cancel(settled(user))


def check_mail_rate_limit(purpose: str, account: str, *, request: Any) -> None:
    """Count a request for a mail to an account's owner. Call it before you look for the account.

    It is counted by address, and by account from that address, at `BEARER["CODE_RATE_LIMITS"]`. It is not counted by
    account alone: an attacker who locks an owner out would keep the owner from the mail, too. Bound the mails by
    other means, as `issue_login_unlock_token` does. A browser that is known for the account, by its cookie, is
    counted by itself: nobody at the same address keeps it from the mail.

    Args:
        purpose: What the mail is for, such as `"unlock"`. Each purpose is counted by itself.
        account: The account's name as it was sent.
        request: The request, whose address is counted.

    Raises:
        RateLimited: A limit is reached. `retry_after` is in seconds.
        InvalidRequest: `account` is not a str, which a JSON body may contain.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The request could not be counted.

    Source:
        OWASP ASVS 6.3.1, RFC 6585 section 4.
    """
    asks = login_limits.http_request(request) or request
    wait = limiter.admit(mail_limits.buckets(asks, purpose, text_of(account, "account")))
    if wait:
        raise RateLimited(f"too many requests for {purpose}", retry_after=wait)


def account_fingerprint(user: Any, *, request: Any = None) -> str:
    """Return a string that changes when the user's credentials end.

    It changes when the password is changed, when the user logs out everywhere or is deactivated, and with
    `revoke_all_issuer_tokens`. A rehash of the same password does not change it. Sign it along with what must end
    then, such as a mailed link.

    Args:
        user: A user of this project.
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        64 hexadecimal characters, which say nothing about the password.

    Raises:
        ConfigurationError: `user` is not a user of this project.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
    """
    return known_devices.account_fingerprint(conf.issuer(request), user)


@sensitive_variables()
def redeem_login_unlock_token(unlock_token: str, username: str, *, request: Any = None) -> str | None:
    """Exchange an unlock token for a known-device token, to be sent with the next login.

    A device that sends it is counted by itself, whatever others do to the account. It authenticates nobody.

    Args:
        unlock_token: What `issue_login_unlock_token` returned.
        username: The account's name, as it was typed.
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        The known-device token, or None for an unlock token that does not work any more or is for another account.

    Raises:
        InvalidRequest: `unlock_token` or `username` is not a str, which a JSON body may contain.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: No stored key can be used, or the database was busy.
    """
    return known_devices.redeem_unlock_token(
        text_of(unlock_token, "unlock_token"), conf.issuer(request), text_of(username, "username")
    )


@redact_locals
@sensitive_variables()
def authenticate_token(token: str, *, audience: str | None = None, request: Any = None) -> Principal:
    """Authenticate a token, by every check that the token of a request passes.

    How the token reached you is not checked: see to it that it was not plain HTTP.

    Args:
        token: An access token or an API token.
        audience: The audience that the token must name. None means `BEARER["AUDIENCE"]`.
        request: The request. It is needed where `ISSUER` or `AUDIENCE` is a callable.

    Returns:
        The principal: user, session or API token, scopes and claims.

    Raises:
        InvalidToken: The token is malformed, forged, expired, revoked, for another audience, or its user is inactive.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: It cannot be told now whether the token is valid.

    Source:
        RFC 9068 section 4, RFC 8725 section 3, RFC 7519 section 7.2.
    """
    outcome = authentication.verify_token(token, request, audience)
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome


@redact_locals
@sensitive_variables()
def decode_token(token: str, *, audience: str | None = None, request: Any = None) -> AccessClaims:
    """Return the claims of an access token that is valid now.

    There is no decoding without the checks: signature, expiry, audience, revocation, session and user.

    Args:
        token: An access token.
        audience: The audience that the token must name. None means `BEARER["AUDIENCE"]`.
        request: The request. It is needed where `ISSUER` or `AUDIENCE` is a callable.

    Returns:
        The claims, with timestamps in seconds since 1970.

    Raises:
        InvalidToken: The token is not valid, or it is an API token, which has no claims.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: It cannot be told now whether the token is valid.

    Source:
        RFC 9068 sections 2.2 and 4.
    """
    claims = authenticate_token(token, audience=audience, request=request).claims
    if claims is None:
        raise InvalidToken("an API token carries no claims: ask authenticate_token()")
    return claims


@redact_locals
@sensitive_variables()
def is_token_revoked(token: str, *, audience: str | None = None, request: Any = None) -> bool:
    """Tell whether a token is not accepted: revoked, expired, forged or otherwise refused by a request's checks.

    Args:
        token: An access token or an API token.
        audience: The audience that the token must name. None means `BEARER["AUDIENCE"]`.
        request: The request. It is needed where `ISSUER` or `AUDIENCE` is a callable.

    Returns:
        True when a request with this token would be refused.

    Raises:
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: It cannot be told now whether the token is valid.
    """
    try:
        authenticate_token(token, audience=audience, request=request)
    except (InvalidToken, RequestRefused):
        return True
    return False


@redact_locals
@sensitive_variables()
def revoke_token(token: str, cause: str = "revoked", *, request: Any = None) -> bool:
    """Revoke one access token, not its session; or an API token. It is refused from the next request on.

    Args:
        token: An access token or an API token.
        cause: Why, for the row and the event: 40 characters are kept.
        request: The request. It is needed where `ISSUER` or `AUDIENCE` is a callable.

    Returns:
        Whether this call revoked it. False when the token was not valid.

    Raises:
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The database was busy.

    Source:
        RFC 7009 section 2, OWASP ASVS 7.4.1.
    """
    outcome = without_policy(authentication.verify_token_for_any(token, conf.audiences(request), request))
    if isinstance(outcome, Failure):
        expired = just_expired(token, issuer=conf.issuer(request), audiences=conf.audiences(request))
        if expired is not None:  # what was made with it ends
            _revoke_token(expired, cause)
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
    """Exchange a native client's refresh token for the next tokens.

    Call it outside of any transaction: a rollback would bring a used token back. Under `ATOMIC_REQUESTS` decorate the
    view with `transaction.non_atomic_requests`.

    Args:
        refresh_token: The refresh token, as the client sent it.
        client_id: The client that asks. Where it has a secret, check first that it sent it.
        resource: A list of one audience, out of the session's, that the access token is for. None means the session's
            first.
        retry_key: A random string that the client stored before it asked. With it the client can ask again for an
            answer that was lost.
        context: Roughly where the client is, such as its address and user agent. A repeat from another context is
            published as an event.
        request: The request, whose address is counted. It is needed where `ISSUER` or `AUDIENCE` is a callable.

    Returns:
        The next tokens. `refresh_token` is None where the current one stays.

    Raises:
        SessionEnded: The session has ended, is another client's, or ends now because the token was used before.
        UnknownClient: `BEARER["CLIENTS"]` has no such key.
        InvalidTarget: `resource` names an audience that the session does not have, or more than one.
        LoginRefused: `BEARER["LOGIN_POLICY"]` refuses. The token is not spent.
        RateLimited: Too many refreshes rotated nothing, by session or address: `BEARER["REFRESH_RATE_LIMITS"]`.
            `retry_after` is in seconds.
        InvalidRequest: An argument is not a str, which a JSON body may contain.
        InsideTransaction: The call is inside of a transaction.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The same call may succeed in a second.

    Source:
        RFC 6749 section 6, RFC 9700 section 4.14.2 (rotation and reuse), RFC 8707 section 2.2 (resource).
    """
    asked = RefreshRequest(
        token=text_of(refresh_token, "refresh_token"),
        client_id=text_of(client_id, "client_id"),
        retry_key=text_of(retry_key, "retry_key"),
        resource=None if resource is None else tuple(resource),
        context=text_of(context, "context"),
        seen=request_device(request) if isinstance(request, HttpRequest) else None,
        count=limit_for(request),
    )
    outcome = rotate(asked, request=request)
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome


def require_step_up(
    principal: Principal, *, max_age: int | None = None, acr: str | Iterable[str] | None = None
) -> None:
    """Raise unless the user behind this token logged in or stepped up recently, and strongly enough.

    For a resolver, a consumer or any other code that has a `Principal`; views have `step_up_required`. In feed mode
    the database is asked whether the token is still valid.

    Args:
        principal: Who asks: `request.auth`, or what `authenticate_token` returns.
        max_age: The age that the login may have, in seconds. It is compared with the token's `auth_time`, which no
            refresh renews.
        acr: The strength that the login must have, or a list of strengths, of which any suffices. One of `max_age`
            and `acr` is required.

    Raises:
        ReauthenticationRequired: The login is older than `max_age`. The challenge says what would be enough.
        StrongerLoginRequired: The token's `acr` is none of these.
        ImpersonationRefused: Staff acts for the user.
        SessionRequired: It is an API token, behind which no person logs in.
        InvalidToken: The token has been revoked.

    Source:
        RFC 9470 section 3.
    """
    settled(principal.user)
    failure = login_strength.unmet(login_strength.requirement(max_age, acr), principal)
    if failure is not None:
        raise failure.exception()


@redact_locals
@sensitive_variables()
def step_up_session(principal: Principal, *, amr: Iterable[str], acr: str = "", request: Any = None) -> IssuedTokens:
    """Return new tokens of the same session, whose user has just proved again who they are.

    Call it only after you have checked that proof, counted by `check_rate_limit`, and that it is the user's of this
    session. Call it outside any transaction. The session's access tokens of before are refused from now on. Its
    refresh token of before is answered 503 for the minimum rotation interval; after that it ends the session.

    Args:
        principal: Who asks: `request.auth`, or what `authenticate_token` returns.
        amr: The methods of this proof alone: the tokens say what was proved at their `auth_time`.
        acr: How strong the proof is. Empty means what `BEARER["ACR_VALUES"]` makes of `amr`.
        request: The request. It is needed where `ISSUER` is a callable.

    Returns:
        The new access token and refresh token, for the audience and the scopes of the token that asked.

    Raises:
        InvalidToken: The session is over, or was stepped up meanwhile.
        ImpersonationRefused: Staff acts for the user.
        SessionRequired: It is an API token, and no session belongs to it.
        OriginNotAllowed: It is a browser's session: the endpoint `step-up/` alone sets its cookie.
        InvalidRequest: `amr` or `acr` contains something other than a name, or more than 100 characters.
        LoginRefused: `BEARER["LOGIN_POLICY"]` refuses.
        LoginUnavailable: The project requires a second step that `amr` does not name, and no policy is set.
        InvalidCredentials: The user is inactive.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The same call may succeed shortly.
        InsideTransaction: It was called inside a transaction.

    Source:
        RFC 9470 section 5, RFC 8176 (amr), NIST SP 800-63B-4 (OWASP ASVS 7.2.4).
    """
    outcome = step_up(principal, amr=amr, acr=acr, request=request)
    if isinstance(outcome, Failure):
        raise outcome.exception()
    return outcome


@redact_locals
@sensitive_variables()
def pending_login(request: HttpRequest, limited_token: str, *, step: Step | str) -> PendingLogin:
    """Return the login that lacks this step, for a view of your own that does the step.

    A limited token opens nothing but its step: check the step, then call `complete_login`. Count attempts at anything
    that can be guessed with `check_rate_limit`, by the user and not by the token.

    Args:
        request: The request, which must have come over HTTPS.
        limited_token: What the client was answered as `limited_token`.
        step: The step that your view is for: a `Step`, or its value.

    Returns:
        Whose login it is, and what was proved so far.

    Raises:
        InvalidLimitedToken: The token is expired, used, of another step, or not one.
        InsecureTransport: The request came over plain HTTP.
        TransportUnknown: It cannot be told whether it came over HTTPS.
        InvalidRequest: The token is not a str, which JSON may contain.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The database was busy.

    Source:
        OWASP ASVS 7.2.4, 6.6.2.
    """
    token = text_of(limited_token, "limited_token")
    unwrap(authentication.reject_plain_http(request, one_time_token=token))
    return second_step.pending(request, token, Step(step))


@redact_locals
@sensitive_variables()
def complete_login(
    request: HttpRequest,
    limited_token: str,
    *,
    step: Step | str,
    amr: Iterable[str] = (),
    remember_device: bool = False,
) -> HttpResponse:
    """Begin the session of a login whose missing step your view has just checked.

    `BEARER["LOGIN_POLICY"]` is asked once more, and may ask for yet another step. All effects of a login happen now.
    Call it outside any transaction.

    Args:
        request: The request.
        limited_token: What the client was answered as `limited_token`. It is of no use afterwards.
        step: The step that your view has checked: a `Step`, or its value.
        amr: The methods that this step has proved, beside those of the steps before.
        remember_device: Whether the person asks not to be asked for the second factor on this device again, for
            `BEARER["REMEMBERED_DEVICE_LIFETIME"]`. It holds for the step `second_factor` alone.

    Returns:
        The response of `login/`: the tokens, and a page's refresh token as a cookie.

    Raises:
        InvalidLimitedToken: The token is expired, used, of another step, or not one.
        LoginIncomplete: One more step is missing. Its answer has the next limited token.
        OriginNotAllowed: A page goes on with a login that no page began, or the other way round.
        BrowserUnsupported: The client is not of kind browser.
        InvalidCredentials: The user is inactive.
        ImpersonationRefused: Staff acts for the user of `request`.
        LoginRefused: `BEARER["LOGIN_POLICY"]` refuses.
        LoginUnavailable: The project requires a second step that was not shown, and no policy is set.
        InvalidScope: A scope that was asked for is not in the settings any more.
        InvalidTarget: An audience that was asked for is not in the settings any more.
        UnknownClient: The client is not in the settings any more.
        UnauthorizedClient: The client is not of that kind any more.
        InsecureTransport: The request came over plain HTTP.
        TransportUnknown: It cannot be told whether it came over HTTPS.
        InvalidRequest: The token is not a str, which JSON may contain, or `amr` is not a list of names.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        TemporarilyUnavailable: The policy or `EXTRA_CLAIMS` failed, or the database was busy.

    Source:
        OWASP ASVS 7.2.4, RFC 8176 (amr).
    """
    pending = pending_login(request, limited_token, step=step)
    client = unwrap(clients.find(conf.current().clients, pending.client_id))
    check_place(request, client, pending)
    prepared = second_step.prepare(request, pending, amr)
    device = remembered_devices.after_step(request, pending, prepared.session.row.amr) if remember_device else None
    return respond(finish(request, client, prepared, device))
