"""A login by name and password: count the attempt, check the password, ask the policy, issue the session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import events
from ..accounts import last_login, login_policy, rehash
from ..accounts.login_choice import NOTHING_CHOSEN, LoginChoice
from ..accounts.login_policy import PASSWORD, Purpose
from ..accounts.login_strength import methods_of
from ..accounts.lookup import Account
from ..conf.clients import DEFAULT_CLIENT
from ..database.after_commit import after_commit
from ..database.conflicts import retry_on_conflict
from ..errors import InvalidCredentials, LoginIncomplete, PasswordRequired, TemporarilyUnavailable
from ..sessions.cleanup import purge_now_and_then
from ..sessions.issue import PreparedSession, prepare_session
from ..sessions.token_response import IssuedTokens
from ..tokens.refresh_token import TokenDelivery
from . import limited_authenticate, login_limits, login_writes, read_account, remembered_devices
from .login_limits import CountedAttempt
from .request_device import request_device

MAX_NAME = 320
MAX_PASSWORD = 4096
"""Characters; no honest login comes near."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The result of `login()`.

    Attributes:
        user: The user.
        tokens: The tokens of the new session.
        known_device_token: What the device sends with its next login; empty where it cannot be made known.
        headers: A mapping of the names of rate limit headers to their values; empty unless `RATELIMIT_HEADERS` is on.
    """

    user: Any
    tokens: IssuedTokens
    known_device_token: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreparedLogin:
    """A login that everybody agrees to and that is not stored yet: `done` is what it yields once `store` returns."""

    done: LoggedIn
    request: HttpRequest = field(repr=False)
    attempt: CountedAttempt = field(repr=False)
    session: PreparedSession = field(repr=False)

    def store(self) -> None:
        """Store the session, and have everything follow that follows a login.

        What a receiver of `user_logged_in` raises means that nobody is logged in: it comes before the commit, and
        all else after it.
        """
        user, attempt = self.done.user, self.attempt
        noted = retry_on_conflict(self._tell_django)
        event = events.made(
            events.EventKind.LOGIN_SUCCESS,
            user_id=str(user.pk),
            session_id=str(self.session.tokens.session_id),
            client_id=attempt.client_id,
            address=attempt.address,
        )
        login_writes.write(self.session, user, attempt, event, noted)
        purge_now_and_then()

    def _tell_django(self) -> Sequence[Any]:
        """Send `user_logged_in`; the users whose `last_login` is to be saved."""
        user = self.done.user
        with last_login.held() as noted:
            user_logged_in.send(sender=type(user), request=self.request, user=user)
        return noted


@sensitive_variables()
def prepare_login(
    request: HttpRequest,
    name: str,
    password: str,
    *,
    client_id: str = DEFAULT_CLIENT,
    delivery: TokenDelivery = TokenDelivery.BODY,
    scope: Iterable[str] | None = None,
    resource: Sequence[str] | None = None,
    amr: Iterable[str] = (PASSWORD,),
    acr: str = "",
    shown: str = "",
    remembered: str = "",
    extras: Mapping[str, Any] | None = None,
    choice: LoginChoice = NOTHING_CHOSEN,
) -> PreparedLogin:
    """A session for a right name and password, all that can be refused or fail being asked: `functions.login` says
    what each parameter is for.

    None of a login's effects happen before the session is stored: an attempt is forgiven, a device made known and
    Django told only then. `remembered` is the remembered-device token of an app's body.
    """
    methods = frozenset(methods_of(amr))
    unanswered = login_policy.refuse_unmet(methods)
    if unanswered is not None:
        raise unanswered.exception()
    attempt = login_limits.count(request, name, shown, client_id)
    user = check_password(request, name, password, attempt.account)
    if user is None or not attempt.is_at(user):
        attempt.failed()
        raise InvalidCredentials("no authentication backend accepted the credentials")
    methods, device = remembered_devices.methods_here(request, user, methods, client_id, delivery, remembered)
    try:
        session = prepare_session(
            user,
            request=request,
            scope=scope,
            resource=resource,
            client_id=client_id,
            delivery=delivery,
            amr=sorted(methods, key=lambda one: (one != PASSWORD, one)),
            acr=acr,
            extras={**request_device(request), **(extras or {}), **device},
            purpose=Purpose.LOGIN,
            name=name,
            counted_in=login_limits.counted_once_in(attempt),
            state_of=lambda issuer: attempt.account.state_for(user, issuer),
            choice=choice,
        )
    except LoginIncomplete:
        login_limits.lacks_a_step(request, attempt)
        raise
    except TemporarilyUnavailable:
        after_commit("forgetting attempts", lambda: attempt.succeeded(user))  # the password was right
        raise
    done = LoggedIn(user, session.tokens, attempt.known_device_token(user), attempt.headers())
    return PreparedLogin(done, request, attempt, session)


@sensitive_variables()
def check_password(request: HttpRequest, name: str, password: str, account: Account) -> Any:
    """The user that Django's backends know by this name and password, or None. The attempt was counted before, at the
    account that the name finds."""
    field_name = str(get_user_model().USERNAME_FIELD)
    with limited_authenticate.counted_already(), read_account.given(account), rehash.lost_runs_again():
        return retry_on_conflict(lambda: authenticate(request, **{field_name: name, "password": password}))


@sensitive_variables()
def require_password(request: HttpRequest, user: Any, password: str, shown: str = "") -> None:
    """Raise `PasswordRequired` unless `password` is this user's own; counted in the limits of logins.

    `user` then has the hash that is stored: checking an outdated one stores another hash of the same password, and
    what is made next is compared with that.
    `shown` is the known-device token of the body: without it, whoever fills the account's limits would keep its owner
    from everything that wants the password once more.
    """
    if not password:
        raise PasswordRequired("the request carries no password")
    name = str(user.get_username())
    try:
        attempt = login_limits.count(request, name, shown)
    except InvalidCredentials as error:
        raise PasswordRequired(str(error)) from None
    found = check_password(request, name, password, attempt.account)
    if found is None or found.pk != user.pk or not attempt.is_at(user):
        attempt.failed()
        raise PasswordRequired("the password is not the one of the account that asks")
    if hasattr(found, "password"):
        user.password = found.password
    attempt.succeeded(user)
