"""Who may have a session: one pure decision for whoever issues one, which `LOGIN_POLICY` may only lower.

Asked at login, at `issue_session`, for an API token, and at every refresh with the methods the session began with.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.db import OperationalError

from .. import conf, events
from ..database.conflicts import is_lost_race
from ..errors import (
    Failure,
    HTTPRefusal,
    InvalidCredentials,
    LoginIncomplete,
    LoginRefused,
    LoginUnavailable,
    TemporarilyUnavailable,
)
from . import login_packages, mfa_required, second_factor
from .login_packages import PackageRequirement

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
        IMPERSONATION: Staff begins to act for the user; nobody proves to be them.
        HANDOVER: A login is handed over to another client or device, which names the methods that login had.
        STEP_UP: A session's user proves again who they are, which names the methods of this proof alone.
    """

    LOGIN = "login"
    SESSION = "session"
    API_TOKEN = "api_token"
    REFRESH = "refresh"
    STEP_UP = "step_up"
    IMPERSONATION = "impersonation"
    HANDOVER = "handover"


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
        fields: A mapping of the names in `BEARER["LOGIN_FIELDS"]` to what was sent as them. Nobody has checked it.

    Source:
        RFC 8176 (methods).
    """

    user: Any
    purpose: Purpose
    methods: frozenset[str] = frozenset()
    acr: str = ""
    client_id: str = ""
    request: Any = field(default=None, repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


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


class Step(StrEnum):
    """What a login lacks.

    Attributes:
        SECOND_FACTOR: A second factor, which the user has.
        ENROL: A second factor that the user has yet to get.
        VERIFY_EMAIL: A confirmed e-mail address.
    """

    SECOND_FACTOR = "second_factor"
    ENROL = "enrol"
    VERIFY_EMAIL = "verify_email"


@dataclass(frozen=True, slots=True)
class Limit:
    """The answer of a `LOGIN_POLICY` that asks for one more step.

    Attributes:
        step: What is lacking: a `Step`, or its value. A second factor is not asked for twice in one login; a user
            who has none is asked to enrol where `BEARER["SECOND_FACTOR"]` says so.

    Raises:
        ValueError: There is no such step.
    """

    step: Step

    def __post_init__(self) -> None:
        object.__setattr__(self, "step", Step(self.step))


Ruling = Allow | Refuse | Limit


@dataclass(frozen=True, slots=True)
class LoginFacts:
    """What the decision depends on beside the methods used.

    `asks` is what the project asks of a login beside a password, by the packages it has installed, where no policy
    speaks for it; `ruling` is the policy's, None where there is none. `enrolled` says whether the user has a second
    factor, None where the project names none. `enrolment_due` says whether the user must have one and the time to
    enrol is over. `made_by_session` says that a session of the user asks for an API token, and so a person.
    """

    is_active: bool
    purpose: Purpose
    asks: frozenset[PackageRequirement] = frozenset()
    ruling: Ruling | None = None
    enrolled: bool | None = None
    enrolment_due: bool = False
    made_by_session: bool = False


@dataclass(frozen=True, slots=True)
class Full:
    """A session with all it may do."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """No session. `reason` is for the developer, `members` are told to the caller."""

    error: type[HTTPRefusal]
    reason: str
    members: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limited:
    """No session yet: a limited token, which opens the endpoints of its step."""

    step: Step


Outcome = Full | Limited | Refusal


def decide_login(facts: LoginFacts, methods: frozenset[str]) -> Outcome:
    """Whether somebody who has proved who they are by these methods (RFC 8176) may have a session. Pure."""
    if not facts.is_active:
        return Refusal(InvalidCredentials, "no session is issued to an inactive or unsaved user")
    unmet = missing(facts.asks, methods) if facts.purpose in (Purpose.LOGIN, Purpose.STEP_UP) else None
    if unmet:
        return Refusal(LoginUnavailable, login_packages.hint(unmet))
    if isinstance(facts.ruling, Refuse):
        told = {"reason": facts.ruling.code, "message": facts.ruling.message}
        return Refusal(LoginRefused, f"LOGIN_POLICY refused: {facts.ruling.code}", told)
    step = missing_step(facts, methods)
    if step is None:
        return Full()
    if facts.purpose in (Purpose.LOGIN, Purpose.SESSION):
        return Limited(step)
    return Refusal(LoginRefused, f"the login lacks {step}", {"reason": f"{step}_required", "message": ""})


def missing_step(facts: LoginFacts, methods: frozenset[str]) -> Step | None:
    """The step that a login by these methods lacks, the user's own second factor first. Pure.

    An API token that is made by code and not by a login shows no method, and no person to ask. A policy that asks for
    a second factor gets it on a remembered device, too.
    """
    several, shown = second_factor.proves_several(methods), second_factor.was_shown(methods)
    remembered = _is_login(facts.purpose) and second_factor.REMEMBERED in methods
    by_code = _by_code(facts.purpose, methods) and not facts.made_by_session
    if facts.enrolled and not shown and not by_code and not remembered:
        return Step.SECOND_FACTOR
    if facts.enrolment_due and not facts.enrolled and not several and not by_code:
        return Step.ENROL
    match facts.ruling:
        case Limit(Step.VERIFY_EMAIL):
            return Step.VERIFY_EMAIL
        case Limit(step):
            return None if several or (shown and facts.enrolled) else Step.ENROL if facts.enrolled is False else step
        case _:
            return None


def _is_login(purpose: Purpose) -> bool:
    """Whether a login is asked for, or carried on: all that a remembered device is good for. Pure.

    It makes no API token, which outlives it, and is no step-up.
    """
    return purpose in (Purpose.LOGIN, Purpose.SESSION, Purpose.REFRESH)


def _by_code(purpose: Purpose, methods: frozenset[str]) -> bool:
    return purpose in (Purpose.API_TOKEN, Purpose.IMPERSONATION) and not methods


def missing(asks: frozenset[PackageRequirement], methods: frozenset[str]) -> frozenset[PackageRequirement]:
    """What is asked for and not proved by these methods. Pure. No method says that an address was confirmed."""
    second = bool(methods - {PASSWORD, second_factor.REMEMBERED})
    return frozenset(one for one in asks if not (one is PackageRequirement.SECOND_FACTOR and second))


def unmet_requirements(purpose: Purpose = Purpose.LOGIN) -> frozenset[PackageRequirement]:
    """What the project asks beside a password while no `LOGIN_POLICY` speaks for it.

    Only what our own endpoints decide by a password depends on it. Whoever steps up has logged in, so that no address
    is to be confirmed any more.
    """
    if purpose not in (Purpose.LOGIN, Purpose.STEP_UP) or conf.current().login_policy is not None:
        return frozenset()
    asked = login_packages.required()
    if conf.current().second_factor is not None:
        asked -= {PackageRequirement.SECOND_FACTOR}  # which the decision asks for by name
    return asked if purpose is Purpose.LOGIN else asked & {PackageRequirement.SECOND_FACTOR}


def refuse_unmet(methods: frozenset[str], purpose: Purpose = Purpose.LOGIN) -> Failure | None:
    """The same refusal as the decision's, before any password is looked at."""
    unmet = missing(unmet_requirements(purpose), methods)
    if not unmet:
        return None
    login_packages.log_unavailable(unmet)
    return Failure(LoginUnavailable, login_packages.hint(unmet))


@dataclass(frozen=True, slots=True)
class StepMissing(Failure):
    """A login that lacks a step: whoever issues sessions hands out a limited token for it."""

    step: Step = Step.SECOND_FACTOR


def ask(attempt: LoginAttempt, *, made_by_session: bool = False) -> Failure | None:
    """The refusal of this attempt, or None. The project's policy is asked last, and only where nothing else refuses.

    A policy that fails, or gives none of its answers, has decided nothing: the caller is told to come again (503),
    nothing is issued and no token is spent. A login or session that lacks a step is refused with `StepMissing`.
    """
    user = attempt.user
    active = user is not None and user.pk is not None and bool(getattr(user, "is_active", True))
    asks = unmet_requirements(attempt.purpose)
    try:
        enrolled = second_factor.is_enrolled(user) if active else None
        person = made_by_session or not _by_code(attempt.purpose, attempt.methods)
        due = enrolled is False and person and mfa_required.is_due(user)
    except TemporarilyUnavailable as error:
        return Failure(TemporarilyUnavailable, str(error))
    if enrolled and attempt.purpose in (Purpose.LOGIN, Purpose.SESSION) and second_factor.was_shown(attempt.methods):
        mfa_required.note_login(user)
    facts = LoginFacts(
        active, attempt.purpose, asks, enrolled=enrolled, enrolment_due=due, made_by_session=made_by_session
    )
    outcome = decide_login(facts, attempt.methods)
    policy = conf.current().login_policy
    if not isinstance(outcome, Refusal) and policy is not None:
        ruling = _ruling(policy, attempt)
        if isinstance(ruling, Failure):
            return ruling
        outcome = decide_login(replace(facts, ruling=ruling), attempt.methods)
    return _told(outcome, attempt)


def _ruling(policy: Any, attempt: LoginAttempt) -> Ruling | Failure:
    try:
        ruling = policy(attempt)
    except Exception as error:
        if isinstance(error, OperationalError) and is_lost_race(error):
            raise
        logger.exception('BEARER["LOGIN_POLICY"] raised %s; nothing was issued.', type(error).__name__)
        return Failure(TemporarilyUnavailable, "LOGIN_POLICY raised an exception; its traceback is in the log")
    if isinstance(ruling, Allow | Refuse | Limit):
        return ruling
    if hasattr(ruling, "close"):
        ruling.close()  # a coroutine: it must be a plain function
    logger.error(
        'BEARER["LOGIN_POLICY"] returned %s. Return Allow(), Refuse(code, message) or Limit(step) of django_bearer.',
        type(ruling).__name__,
    )
    return Failure(TemporarilyUnavailable, "LOGIN_POLICY returned neither Allow nor Refuse nor Limit")


@dataclass(frozen=True, slots=True)
class PolicyFailure(Failure):
    """A refusal that carries what the policy said."""

    members: Mapping[str, str] = field(default_factory=dict)

    def exception(self) -> HTTPRefusal:
        refused = LoginRefused(self.reason)
        refused.members = {name: said for name, said in self.members.items() if said}
        return refused


def _told(refusal: Outcome, attempt: LoginAttempt) -> Failure | None:
    if isinstance(refusal, Full):
        return None
    if isinstance(refusal, Limited):
        return StepMissing(LoginIncomplete, f"the login lacks {refusal.step}", refusal.step)
    if refusal.error is not LoginRefused:
        return Failure(refusal.error, refusal.reason)
    details = {"cause": refusal.members["reason"], "purpose": attempt.purpose.value}
    events.publish(
        events.EventKind.LOGIN_REFUSED, user_id=str(attempt.user.pk), client_id=attempt.client_id, details=details
    )
    return PolicyFailure(LoginRefused, refusal.reason, refusal.members)
