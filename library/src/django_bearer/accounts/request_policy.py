"""Who may make a request: a project's own reasons to refuse a valid credential, which `REQUEST_POLICY` may only add.

Asked after authentication, wherever a token is authenticated. It cannot let in what authentication refused.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import conf
from ..errors import Failure, HTTPRefusal, InvalidToken, RequestRefused, TemporarilyUnavailable
from . import lookup
from .login_policy import Allow, Refuse
from .principal import Principal

logger = logging.getLogger("django_bearer.debug")


@dataclass(frozen=True, slots=True)
class RequestAttempt:
    """What `BEARER["REQUEST_POLICY"]` is called with: a request whose credential is valid.

    Attributes:
        user: The user, or a `ServiceAccount`. Where staff acts for a user, the policy is called a second time, with
            the staff as `user` and the same principal. In feed mode, a field beyond its key is read when it is used.
        principal: The principal of the token, or None for a login by Django's session.
        request: The request, or None where a token did not come with one: at introspection, in
            `authenticate_token()`, and where something that stays open is asked about again.
    """

    user: Any
    principal: Principal | None
    request: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RefusedByPolicy(Failure):
    """A refusal that carries what the policy said, and whose token it refuses: that one may still be ended."""

    principal: Principal | None = None
    members: Mapping[str, str] = field(default_factory=dict)

    def exception(self) -> HTTPRefusal:
        refused = RequestRefused(self.reason)
        refused.members = {name: said for name, said in self.members.items() if said}
        return refused


def judged(outcome: Principal | Failure, request: Any = None) -> Principal | Failure:
    """The outcome of authentication, or the refusal of the project's policy.

    Where staff acts for a user, both are asked about.
    """
    if conf.current().request_policy is None or not isinstance(outcome, Principal):
        return outcome
    refused = refusal(outcome.user, outcome, request)
    if refused is None and outcome.claims is not None and outcome.claims.act is not None:
        refused = _refusal_of_actor(outcome, outcome.claims.act["sub"], request)
    return outcome if refused is None else refused


def _refusal_of_actor(principal: Principal, subject: str, request: Any) -> Failure | None:
    actor = lookup.user_of_subject(subject)
    if actor is None:
        return Failure(InvalidToken, "whoever acts for the user is gone")
    return refusal(actor, principal, request)


def without_policy(outcome: Any) -> Any:
    """The same outcome as if nobody had asked the policy: what ends a token is done for a refused one, too."""
    return outcome.principal if isinstance(outcome, RefusedByPolicy) and outcome.principal is not None else outcome


def refusal(user: Any, principal: Principal | None, request: Any) -> Failure | None:
    """Why the project's policy refuses this user now, or None; also without a policy.

    A policy that fails, or gives neither of its answers, has decided nothing: the caller is told to come again (503).
    """
    policy = conf.current().request_policy
    if policy is None:
        return None
    try:
        ruling = policy(RequestAttempt(user, principal, request))
    except HTTPRefusal as refused:  # such as that of a user who was found gone when the policy looked at it
        return Failure(type(refused), str(refused))
    except Exception as error:
        logger.exception('BEARER["REQUEST_POLICY"] raised %s; the request was refused.', type(error).__name__)
        return Failure(TemporarilyUnavailable, "REQUEST_POLICY raised an exception; its traceback is in the log")
    if isinstance(ruling, Allow):
        return None
    if isinstance(ruling, Refuse):
        told = {"reason": ruling.code, "message": ruling.message}
        return RefusedByPolicy(RequestRefused, f"REQUEST_POLICY refused: {ruling.code}", principal, told)
    if hasattr(ruling, "close"):
        ruling.close()  # a coroutine: it must be a plain function
    logger.error(
        'BEARER["REQUEST_POLICY"] returned %s. Return Allow() or Refuse(code, message) of django_bearer.',
        type(ruling).__name__,
    )
    return Failure(TemporarilyUnavailable, "REQUEST_POLICY returned neither Allow nor Refuse")
