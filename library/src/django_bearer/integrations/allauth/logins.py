"""The end of a login through allauth: the policy is asked, and the session stored with all that follows a login."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ...accounts.login_policy import Purpose
from ...accounts.second_factor import MULTIPLE
from ...endpoints.login import finish
from ...http import login_limits
from ...http.password_login import LoggedIn, PreparedLogin
from ...http.request_device import request_device
from ...sessions.issue import prepare_session
from .exchange import Exchange

NEW_PASSKEY = frozenset({"pop", MULTIPLE})
"""A passkey that is made at sign-up has verified its user in this very request."""


@sensitive_variables()
def log_in(request: HttpRequest, current: Exchange, user: Any, methods: frozenset[str]) -> None:
    """Begin a session for `user`, who has proved these methods, and keep the answer that carries its tokens.

    Raises as `prepare_session` does: an inactive user, a refusal of the policy, a step that is lacking.
    """
    session = prepare_session(
        user,
        request=request,
        client_id=current.client.id,
        delivery=current.delivery,
        amr=sorted(methods, key=lambda one: (one != "pwd", one)),
        extras=request_device(request),
        purpose=Purpose.SESSION,
        name=str(user.get_username()),  # so that the effects of a login follow, also where a step comes first
    )
    attempt = login_limits.identified(request, str(user.get_username()), "", current.client.id)
    # The password, if there was one, was counted and taken back when allauth asked Django's authenticate().
    attempt = replace(attempt, buckets=replace(attempt.buckets, once=()))
    done = LoggedIn(user, session.tokens, attempt.known_device_token(user))
    current.answer = finish(request, current.client, PreparedLogin(done, request, attempt, session))


def by_new_passkey(current: Exchange, user: Any) -> frozenset[str]:
    """The methods of a sign-up that has just made a passkey for this user."""
    made = current.made_passkey_of
    return NEW_PASSKEY if made is not None and made == user.pk else frozenset()
