"""A recent or strong login as a REST framework permission (RFC 9470)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ...accounts.lazy_user import is_lazy
from ...accounts.login_strength import requirement, unmet
from ...accounts.principal import Principal
from ...errors import Failure, NotAuthenticated, SessionRequired
from ...http import authentication, deferred
from ...http.audience import audience_of
from .exceptions import as_api_exception, translate_refusals

NO_TOKEN = "the user is there by a Django session or force_authenticate(), and no token says how it logged in"


def step_up_required(*, max_age: int | None = None, acr: str | Iterable[str] | None = None) -> type[BasePermission]:
    """Return a permission class that requires a recent or strong login.

        permission_classes = [step_up_required(max_age=300)]

    Everybody else gets 401, with `max_age` and `acr_values` in the challenge. An API token, behind which no person
    logs in, gets 403. The database is asked whether the token is still valid, also in feed mode.

    Args:
        max_age: The age that the login may have, in seconds. It is compared with the token's `auth_time`, which no
            refresh renews.
        acr: The strength that the login must have, or a list of strengths in order of preference, of which any
            suffices. One of `max_age` and `acr` is required.

    Returns:
        The permission class.

    Source:
        RFC 9470 section 3, OWASP ASVS 7.5.1.
    """
    required = requirement(max_age, acr)

    class StepUpRequired(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            translate_refusals(view)
            if not request.user.is_authenticated:
                raise as_api_exception(NotAuthenticated("no bearer token was sent"))
            if not isinstance(request.auth, Principal):
                raise as_api_exception(SessionRequired(NO_TOKEN))
            _ask_exactly(request, view)
            failure = unmet(required, request.auth)
            if failure is not None:
                raise as_api_exception(failure.exception())
            return True

    return StepUpRequired


def _ask_exactly(request: Request, view: Any) -> None:
    """Ask the database for what the feed accepted. A principal that came in another way, as in a test, stays."""
    if not is_lazy(request.auth.user):
        return
    plain = request._request
    outcome = authentication.authenticate_exactly(plain, audience_of(view))
    if isinstance(outcome, Failure):
        raise as_api_exception(outcome.exception())
    if outcome is not None:
        request.user, request.auth = outcome.user, outcome
        deferred.enter(plain, outcome)
