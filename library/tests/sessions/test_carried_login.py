"""A session that carries on a login of another package: no longer than that, and no recent login."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from django_bearer import Allow, Limit, LoginAttempt, Session, decode_token, issue_session, refresh_session
from django_bearer.accounts.login_policy import Step
from django_bearer.errors import InvalidRequest, LoginRefused
from django_bearer.models import LimitedLogin
from django_bearer.primitives import clock

HOUR = 3600


def test_it_ends_with_the_login_that_it_carries_on(ann: Any) -> None:
    with clock.frozen():
        tokens = issue_session(ann, carried_until=clock.seconds() + HOUR)
        row = Session.objects.get()
        assert row.ends_at == (clock.seconds() + HOUR) * clock.SECOND
        assert row.idle_ends_at <= row.ends_at
        assert tokens.refresh_expires_in in (HOUR - 1, HOUR)  # whole seconds
        clock.advance(HOUR / 2)
        again = refresh_session(str(tokens.refresh_token))
        assert again.refresh_expires_in in (HOUR / 2 - 1, HOUR / 2)


def test_ours_ends_it_where_it_is_earlier(ann: Any) -> None:
    issue_session(ann)
    issue_session(ann, carried_until=clock.seconds() + 10_000 * 86_400)
    usual, carried = Session.objects.order_by("created_at")
    assert abs(carried.ends_at - usual.ends_at) < 600 * clock.SECOND


def test_nobody_has_logged_in_just_now(ann: Any) -> None:
    claims = decode_token(issue_session(ann, carried_until=clock.seconds() + HOUR).access_token)
    assert (claims.auth_time, claims.amr, claims.acr) == (0, (), None)


def test_what_is_refused(ann: Any) -> None:
    later = clock.seconds() + HOUR
    for given in ({"amr": ["pwd"]}, {"acr": "high"}, {"carried_until": clock.seconds() - 1}):
        with pytest.raises(InvalidRequest):
            issue_session(ann, **{"carried_until": later, **given})
    assert not Session.objects.exists()


def ask_for_a_factor(attempt: LoginAttempt) -> Allow | Limit:
    return Limit(Step.SECOND_FACTOR)


def test_one_that_lacks_a_step_begins_no_limited_login(ann: Any, settings: Any) -> None:
    """Its second step would make a full login of what nobody has logged in for just now."""
    bearer = {**settings.BEARER, "LOGIN_POLICY": ask_for_a_factor}
    with override_settings(BEARER=bearer), pytest.raises(LoginRefused):
        issue_session(ann, carried_until=clock.seconds() + HOUR)
    assert not LimitedLogin.objects.exists()
