"""The end of a login through allauth: the policy is asked, and the session stored with all that follows a login."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ...accounts.login_policy import Purpose
from ...accounts.remembered_devices import NewDevice
from ...accounts.second_factor import MULTIPLE, proves_several
from ...endpoints.login import finish
from ...http import login_limits, remembered_devices
from ...http.login_limits import CountedAttempt
from ...http.password_login import LoggedIn, PreparedLogin
from ...http.request_device import request_device
from ...sessions.issue import prepare_session
from .exchange import Exchange
from .remembered import methods_here

_COUNTED = "django_bearer_counted"
PASSKEY = frozenset({"pop", MULTIPLE})
"""A passkey that has verified its user in this very request, as one that is made at sign-up does."""


@sensitive_variables()
def log_in(
    request: HttpRequest, current: Exchange, user: Any, methods: frozenset[str], counted: tuple[str, str]
) -> None:
    """Begin a session for `user`, who has proved these methods, and keep the answer that carries its tokens.

    `counted` says in what the password was counted: the name that was typed, and the counter of this one attempt.
    Only now is it forgiven. Raises as `prepare_session` does: an inactive user, a refusal of the policy, a step that
    is lacking.
    """
    name, counted_in = counted[0] or str(user.get_username()), counted[1]
    methods, device = methods_here(request, current, user, methods)
    session = prepare_session(
        user,
        request=request,
        client_id=current.client.id,
        delivery=current.delivery,
        amr=sorted(methods, key=lambda one: (one != "pwd", one)),
        extras={**request_device(request), **device},
        purpose=Purpose.SESSION,
        name=name,  # so that the effects of a login follow, also where a step comes first
        counted_in=counted_in,
    )
    attempt = login_limits.identified(request, name, current.shown, current.client.id)
    earlier = all(one.typed != name for one in current.right)  # the password was right in a request before
    attempt = login_limits.counted_before(attempt, counted_in if counted[0] else None, taken_back=earlier)
    done = LoggedIn(user, session.tokens, attempt.known_device_token(user))
    prepared = PreparedLogin(done, request, attempt, session)
    current.answer = finish(request, current.client, prepared, _remembering(request, current, user, methods))


@sensitive_variables()
def _remembering(request: HttpRequest, current: Exchange, user: Any, methods: frozenset[str]) -> NewDevice | None:
    """The device to remember: that of a login whose second factor was shown in this very request."""
    if not current.remember or not proves_several(methods):
        return None
    return remembered_devices.remember(request, user, methods, current.client.id, current.delivery)


def note_password(request: HttpRequest, attempts: list[CountedAttempt]) -> None:
    """Keep in the state of the flow in what a right password was counted, until the login is complete."""
    for attempt in attempts:
        request.session[_COUNTED] = [attempt.typed, login_limits.counted_once_in(attempt)]


def counted_password(request: HttpRequest) -> tuple[str, str]:
    """What `note_password` kept; empty for a login without a password."""
    found = request.session.get(_COUNTED) or ("", "")
    return str(found[0]), str(found[1])


def by_new_passkey(current: Exchange, user: Any) -> frozenset[str]:
    """The methods of a sign-up that has just made a passkey for this user."""
    made = current.made_passkey_of
    return PASSKEY if made is not None and made == user.pk else frozenset()
