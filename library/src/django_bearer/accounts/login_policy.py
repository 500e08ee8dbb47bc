"""Who may have a session: one pure decision for whoever issues one, which `LOGIN_POLICY` may only lower.

Asked at login, at `issue_session`, for an API token, and at every refresh with the methods the session began with.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import OperationalError

from .. import conf, events
from ..database.conflicts import is_lost_race
from ..errors import Failure, HTTPRefusal, InvalidCredentials, LoginRefused, LoginUnavailable, TemporarilyUnavailable
from . import login_packages
from .login_packages import Asks

logger = logging.getLogger("django_bearer.debug")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
MAX_MESSAGE = 300
PASSWORD = "pwd"
"""A password, as `amr` names it (RFC 8176 section 2)."""


class Purpose(StrEnum):
    """What a login is asked for.

    Attributes:
        LOGIN: A name and a password, at the endpoint or in `login()`.
        SESSION: `issue_session()`, after a login of the project's own.
        API_TOKEN: An API token for a user.
        REFRESH: A refresh, which names the methods of the session's login.
        STEP_UP: A session's user proves again who they are, which names the methods of this proof alone.
    """

    LOGIN = "login"
    SESSION = "session"
    API_TOKEN = "api_token"
    REFRESH = "refresh"
    STEP_UP = "step_up"


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """What `BEARER["LOGIN_POLICY"]` is called with: somebody has proved to be `user` by these methods.

    Attributes:
        user: The user.
        purpose: What is asked for.
        methods: The methods of the login, such as `pwd` and `otp`.
        acr: How strong the login was; empty where nobody said so.
        client_id: The client that asks; empty for an API token.
        request: The request, or None where there is none.

    Source:
        RFC 8176 (methods).
    """

    user: Any
    purpose: Purpose
    methods: frozenset[str] = frozenset()
    acr: str = ""
    client_id: str = ""
    request: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Allow:
    """The answer of a `LOGIN_POLICY` that has nothing against the attempt."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The answer of a `LOGIN_POLICY` that refuses the attempt.

    Attributes:
        code: For programs, 1 to 64 lower-case letters, digits and underscores. The answer has it as `reason`.
        message: For people, at most 300 printable characters. The answer has it as `message`.

    Raises:
        ValueError: `code` or `message` is out of these bounds.
    """

    code: str
    message: str = ""

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError("code is 1 to 64 lower-case letters, digits and underscores, a letter first")
        if len(self.message) > MAX_MESSAGE or not (self.message.isprintable()):
            raise ValueError(f"message is at most {MAX_MESSAGE} printable characters")


Ruling = Allow | Refuse


@dataclass(frozen=True, slots=True)
class LoginFacts:
    """What the decision depends on beside the methods used.

    `asks` is what the project asks of a login beside a password, by the packages it has installed, where no policy
    speaks for it; `ruling` is the policy's, None where there is none.
    """

    is_active: bool
    purpose: Purpose
    asks: frozenset[Asks] = frozenset()
    ruling: Ruling | None = None


@dataclass(frozen=True, slots=True)
class Full:
    """A session with all it may do."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """No session. `reason` is for the developer, `members` are told to the caller."""

    error: type[HTTPRefusal]
    reason: str
    members: Mapping[str, str] = field(default_factory=dict)


Outcome = Full | Refusal
"""A third outcome, a login that is good for its second step only, will stand between the two."""


def decide_login(facts: LoginFacts, methods: frozenset[str]) -> Outcome:
    """Whether somebody who has proved who they are by these methods (RFC 8176) may have a session. Pure."""
    if not facts.is_active:
        return Refusal(InvalidCredentials, "no session is issued to an inactive or unsaved user")
    lacking = missing(facts.asks, methods) if facts.purpose in (Purpose.LOGIN, Purpose.STEP_UP) else None
    if lacking:
        return Refusal(LoginUnavailable, login_packages.hint(lacking))
    if isinstance(facts.ruling, Refuse):
        told = {"reason": facts.ruling.code, "message": facts.ruling.message}
        return Refusal(LoginRefused, f"LOGIN_POLICY refused: {facts.ruling.code}", told)
    return Full()


def missing(asks: frozenset[Asks], methods: frozenset[str]) -> frozenset[Asks]:
    """What is asked for and not proved by these methods. Pure. No method says that an address was confirmed."""
    second = bool(methods - {PASSWORD})
    return frozenset(one for one in asks if not (one is Asks.SECOND_FACTOR and second))


def unanswered(purpose: Purpose = Purpose.LOGIN) -> frozenset[Asks]:
    """What the project asks beside a password while no `LOGIN_POLICY` speaks for it.

    Only what our own endpoints decide by a password depends on it. Whoever steps up has logged in, so that no address
    is to be confirmed any more.
    """
    if purpose not in (Purpose.LOGIN, Purpose.STEP_UP) or conf.current().login_policy is not None:
        return frozenset()
    asked = login_packages.asked()
    return asked if purpose is Purpose.LOGIN else asked & {Asks.SECOND_FACTOR}


def refuse_unanswered(methods: frozenset[str], purpose: Purpose = Purpose.LOGIN) -> Failure | None:
    """The same refusal as the decision's, before any password is looked at."""
    lacking = missing(unanswered(purpose), methods)
    if not lacking:
        return None
    login_packages.say(lacking)
    return Failure(LoginUnavailable, login_packages.hint(lacking))


def ask(attempt: LoginAttempt) -> Failure | None:
    """The refusal of this attempt, or None. The project's policy is asked last, and only where nothing else refuses.

    A policy that fails, or answers neither `Allow` nor `Refuse`, has decided nothing: the caller is told to come
    again (503), nothing is issued and no token is spent.
    """
    user = attempt.user
    active = user is not None and user.pk is not None and bool(getattr(user, "is_active", True))
    asks = unanswered(attempt.purpose)
    outcome = decide_login(LoginFacts(active, attempt.purpose, asks), attempt.methods)
    policy = conf.current().login_policy
    if isinstance(outcome, Full) and policy is not None:
        ruling = _ruling(policy, attempt)
        if isinstance(ruling, Failure):
            return ruling
        outcome = decide_login(LoginFacts(active, attempt.purpose, asks, ruling), attempt.methods)
    return None if isinstance(outcome, Full) else _told(outcome, attempt)


def _ruling(policy: Any, attempt: LoginAttempt) -> Ruling | Failure:
    try:
        ruling = policy(attempt)
    except Exception as error:
        if isinstance(error, OperationalError) and is_lost_race(error):
            raise
        logger.exception('BEARER["LOGIN_POLICY"] raised %s; nothing was issued.', type(error).__name__)
        return Failure(TemporarilyUnavailable, "LOGIN_POLICY raised an exception; its traceback is in the log")
    if isinstance(ruling, Allow | Refuse):
        return ruling
    if hasattr(ruling, "close"):
        ruling.close()  # a coroutine: it must be a plain function
    logger.error(
        'BEARER["LOGIN_POLICY"] returned %s. Return django_bearer.Allow() or django_bearer.Refuse(code, message).',
        type(ruling).__name__,
    )
    return Failure(TemporarilyUnavailable, "LOGIN_POLICY returned neither Allow nor Refuse")


@dataclass(frozen=True, slots=True)
class PolicyFailure(Failure):
    """A refusal that carries what the policy said."""

    members: Mapping[str, str] = field(default_factory=dict)

    def exception(self) -> HTTPRefusal:
        refused = LoginRefused(self.reason)
        refused.members = {name: said for name, said in self.members.items() if said}
        return refused


def _told(refusal: Refusal, attempt: LoginAttempt) -> Failure:
    if refusal.error is not LoginRefused:
        return Failure(refusal.error, refusal.reason)
    details = {"cause": refusal.members["reason"], "purpose": attempt.purpose.value}
    events.publish(
        events.EventKind.LOGIN_REFUSED, user_id=str(attempt.user.pk), client_id=attempt.client_id, details=details
    )
    return PolicyFailure(LoginRefused, refusal.reason, refusal.members)
