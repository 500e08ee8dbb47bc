"""The second step of a login: a limited token and a code make the session that the first step asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts import login_choice, lookup, second_factor
from ..accounts.known_devices import KnownDevice
from ..accounts.login_policy import Purpose, Step
from ..accounts.login_strength import acr_of, methods_of
from ..database import issuers
from ..database.after_commit import after_commit
from ..errors import InvalidCode, InvalidLimitedToken, LoginIncomplete, RateLimited
from ..rate_limits import limiter, rules
from ..sessions import limited_logins
from ..sessions.issue import prepare_session, store_session
from ..sessions.limited_logins import PendingLogin
from . import client_address, cookies, login_limits
from .password_login import LoggedIn, PreparedLogin

MAX_CODE = 1024
PURPOSE, RECOVERY, STEP_UP, UNDO = "second factor", "recovery code", "step-up code", "undo code"
"""What guesses are counted as, in the limits of codes: whoever has the password alone fills the first one only."""


@dataclass(frozen=True, slots=True)
class PreparedStep(PreparedLogin):
    """A login whose last step is done, and that is not stored yet."""

    pending: PendingLogin = field(repr=False)

    def store(self) -> None:
        """Take the attempt, which yields one session only, and have everything follow that follows a login.

        A session that the project's own code began has none of a login's effects here either.
        """
        if not limited_logins.take(self.pending):
            raise InvalidLimitedToken("the attempt was completed or ended meanwhile")
        if self.pending.purpose is Purpose.SESSION and not self.pending.asked["name"]:
            store_session(self.session)
        else:
            PreparedLogin.store(self)


def pending(request: HttpRequest, text: str, step: Step) -> PendingLogin:
    """The login that this limited token belongs to. Raises `InvalidLimitedToken`."""
    found = limited_logins.find(text, step, conf.issuer(request))
    if isinstance(found, PendingLogin):
        return found
    raise found.exception()


@sensitive_variables()
def require_code(
    request: HttpRequest, user: Any, code: str, client_id: str = "", *, purpose: str = PURPOSE, shown: str = ""
) -> frozenset[str]:
    """The methods that this code proves, `mfa` among them. Raises `InvalidCode`, and `RateLimited`.

    Counted before it is looked at, by address and by account over all attempts of one purpose, as RFC 4226
    section 7.3 asks. A code that was taken is taken no more, in whatever attempt. A right one is no guess, and does
    not count: many people may share an address, and one of them may step up often. `shown` is the known-device token
    that came in a body.
    """
    counted = counted_in(request, user, purpose, shown)
    wait = limiter.admit(counted)
    if wait:
        raise RateLimited("too many codes", retry_after=wait)
    plain = "".join(letter for letter in code if letter.isascii() and letter.isalnum())
    methods = second_factor.verify(user, plain) if plain else frozenset()
    if not methods or not limited_logins.take_code(user, plain, issuers.now()):
        login_limits.tell_failure(client_address.of(request), client_id, str(user.get_username()))
        raise InvalidCode("the code was used before" if methods else "SECOND_FACTOR does not take the code")
    after_commit("forgetting a right code", lambda: limiter.uncount_code(counted))
    return methods


@sensitive_variables()
def counted_in(request: HttpRequest, user: Any, purpose: str, shown: str) -> tuple[rules.Bucket, ...]:
    """The buckets of an attempt: a device that is known for the account has its own, which nobody else fills."""
    known = known_device_of(request, user, shown)
    if known is not None:
        return rules.code_attempt_of_device(known.id.hex(), purpose, known.group)
    return rules.code_attempt(client_address.of(request), purpose, lookup.key_of(user))


@sensitive_variables()
def known_device_of(request: HttpRequest, user: Any, shown: str) -> KnownDevice | None:
    """The device that asks, where it is known for this very account. Nothing is read for a request without any."""
    if not (shown or cookies.known_devices(request)):
        return None
    known = login_limits.identified(request, str(user.get_username()), shown).known
    return known if known is not None and known.only == lookup.key_of(user) else None


@sensitive_variables()
def prepare(request: HttpRequest, pending: PendingLogin, methods: Iterable[str], shown: str = "") -> PreparedStep:
    """The session that the attempt asked for, by the methods of all its steps; the policy is asked once more.

    Where it asks for yet another step, this one's limited token is of no use any more.
    """
    user, asked = pending.user, pending.asked
    every = second_factor.together(pending.methods, frozenset(methods_of(methods)))
    try:
        session = prepare_session(
            user,
            request=request,
            scope=asked["scope"],
            resource=asked["resource"],
            client_id=pending.client_id,
            delivery=pending.delivery,
            amr=sorted(every, key=lambda one: (one != "pwd", one)),
            acr=acr_of(conf.current().acr_values, every) or asked["acr"],
            extras=asked["extras"],
            purpose=pending.purpose,
            name=asked["name"],
            choice=login_choice.from_stored(asked.get("choice")),
            state_of=lambda issuer: pending.state if pending.state.is_of_use() else None,
        )
    except LoginIncomplete:
        limited_logins.take(pending)
        raise
    name = asked["name"] or str(user.get_username())
    attempt = login_limits.identified(request, name, shown, pending.client_id)
    counted_in = asked.get("counted_in", "") if asked["name"] else None
    attempt = login_limits.counted_before(attempt, counted_in, taken_back=True)
    login = pending.purpose is Purpose.LOGIN or bool(asked["name"])
    device = attempt.known_device_token(user) if login else ""
    return PreparedStep(LoggedIn(user, session.tokens, device), request, attempt, session, pending)
