"""Work that is handed to a Celery task: the task asks again whether who asked for it still may."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from django.contrib.auth.models import Permission
from django.test import Client
from kombu.serialization import dumps, loads

from django_bearer import (
    Refuse,
    authenticate_token,
    errors,
    impersonate,
    issue_api_token,
    issue_session,
    principal_from_reference,
    principal_reference,
    revoke_key,
    revoke_session,
    revoke_token,
    revoke_user,
    step_up_session,
)
from django_bearer.primitives import clock

app = Celery("tests", set_as_current=False)
app.conf.update(task_always_eager=True, task_eager_propagates=True, task_serializer="json")


@app.task
def export(reference: dict[str, Any], scope: str) -> str:
    principal = principal_from_reference(reference)
    if not principal.has_scopes(scope):
        raise errors.InsufficientScope(scope)
    return str(principal.user.get_username())


def run(reference: dict[str, Any], scope: str = "notes:read") -> str:
    """Run the task with what comes out of the queue at its other end."""
    kind, encoding, data = dumps(reference, serializer="json")
    return str(export.delay(loads(data, kind, encoding), scope).get())


@pytest.fixture
def token(ann: Any) -> str:
    return issue_session(ann).access_token


def test_the_task_acts_for_who_asked(token: str, ann: Any) -> None:
    assert run(principal_reference(authenticate_token(token))) == str(ann.get_username())


def test_it_may_run_after_the_access_token_has_expired(token: str) -> None:
    with clock.frozen():
        reference = principal_reference(authenticate_token(issue_session_again(token)))
        clock.advance(3600)
        assert run(reference)
        clock.advance(86_400)
        with pytest.raises(errors.InvalidToken):
            run(reference)


def issue_session_again(token: str) -> str:
    return issue_session(authenticate_token(token).user).access_token


ENDS = {
    "session": lambda found, token: revoke_session(found.session_id),
    "everywhere": lambda found, token: revoke_user(found.user),
    "token": lambda found, token: revoke_token(token),
    "key": lambda found, token: revoke_key(found.kid),
    "inactive": lambda found, token: type(found.user).objects.update(is_active=False),
    "password": lambda found, token: type(found.user).objects.update(password="another"),
    "deleted": lambda found, token: type(found.user).objects.all().delete(),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_the_token_ends_the_task(end: str, token: str) -> None:
    found = authenticate_token(token)
    reference = principal_reference(found)
    ENDS[end](found, token)
    with pytest.raises(errors.InvalidToken):
        run(reference)


def test_a_step_up_ends_it_as_any_earlier_token(ann: Any) -> None:
    with clock.frozen():
        found = authenticate_token(issue_session(ann).access_token)
        reference = principal_reference(found)
        clock.advance(60)
        step_up_session(found, amr=["pwd"])
        with pytest.raises(errors.InvalidToken):
            run(reference)


def test_a_task_has_no_more_scopes_than_who_asked(ann: Any) -> None:
    reference = principal_reference(authenticate_token(issue_session(ann, scope=["notes:read"]).access_token))
    assert run(reference)
    with pytest.raises(errors.InsufficientScope):
        run(reference, "notes:write")
    more = {**reference, "claims": {**reference["claims"], "scope": "notes:read notes:write"}}
    with pytest.raises(errors.InsufficientScope):  # the session's row says what it may do at most
        run(more, "notes:write")


def test_the_policy_is_asked(token: str, settings: Any) -> None:
    reference = principal_reference(authenticate_token(token))
    settings.BEARER = {**settings.BEARER, "REQUEST_POLICY": lambda attempt: Refuse("blocked")}
    with pytest.raises(errors.RequestRefused):
        run(reference)


def test_staff_who_acts_for_the_user_must_still_may(ann: Any, django_user_model: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "IMPERSONATION_LIFETIME": 600}
    staff = django_user_model.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="impersonate_user"))
    asking = authenticate_token(issue_session(staff).access_token)
    reference = principal_reference(authenticate_token(impersonate(asking, ann).access_token))
    assert run(reference)
    revoke_session(asking.session_id)
    with pytest.raises(errors.InvalidToken):
        run(reference)


def test_other_credentials_hand_nothing_over(ann: Any) -> None:
    found = authenticate_token(issue_api_token(ann, name="a", expires_in=3600).token)
    with pytest.raises(errors.SessionRequired):
        principal_reference(found)


@pytest.mark.parametrize("broken", [{}, {"claims": {}, "kid": ""}, {"claims": None, "kid": "a"}, {"claims": "x"}])
def test_what_is_no_reference(broken: Any, db: None) -> None:
    with pytest.raises(errors.InvalidToken):
        principal_from_reference(broken)


def test_it_is_no_credential(token: str) -> None:
    reference = principal_reference(authenticate_token(token))
    assert token not in str(reference)
    assert Client().get("/plain/", headers={"Authorization": f"Bearer {reference}"}).status_code == 401
