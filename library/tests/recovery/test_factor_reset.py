"""The reset of a lost factor: two people or days, the owner told first, and stopped by a login with the factor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import transaction

from django_bearer import (
    authenticate_token,
    cancel_factor_reset,
    complete_factor_reset,
    errors,
    is_token_revoked,
    issue_session,
    request_factor_reset,
    revoke_user,
    step_up_session,
)
from django_bearer.database import durable_writes
from django_bearer.events import EventKind
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.recovery import email_undo, factor_reset_rules
from tests.endpoints.test_enrolment import FACTORS, Factor

pytestmark = pytest.mark.django_db(transaction=True)
NAME, DAY = "ann@example.com", 86_400


class Removable(Factor):
    def remove_factors(self, user: Any) -> None:
        FACTORS.pop(user.get_username(), None)


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Iterator[None]:
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": Removable}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    FACTORS[NAME] = "246810"
    with clock.frozen():
        yield
    FACTORS.clear()


@pytest.fixture
def ann(ann: Any) -> Any:
    ann.email = "post@ann.example"
    ann.save()
    return ann


def helper(model: Any, name: str) -> Any:
    """Staff who may change users."""
    user = model.objects.create_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_user", content_type__app_label="auth"))
    return user


@pytest.fixture
def staff(django_user_model: Any) -> list[Any]:
    return [helper(django_user_model, name) for name in ("eve", "joe")]


def test_a_second_person_agrees_at_once(ann: Any, staff: list[Any], bearer: Any, settings: Any) -> None:
    eve, joe = staff
    session = issue_session(ann, amr=["pwd", "otp", "mfa"])
    clock.advance(1)
    assert request_factor_reset(ann, by=eve) == clock.seconds() + 3 * DAY
    assert mail.outbox[-1].to == ["post@ann.example"]
    assert FACTORS
    complete_factor_reset(ann, by=joe)
    assert not FACTORS
    assert is_token_revoked(session.access_token)
    [event] = bearer.events_of(EventKind.FACTOR_REMOVED)
    assert (event.details["by"], event.details["asked_by"]) == (str(joe.pk), str(eve.pk))
    assert len(bearer.events_of(EventKind.FACTOR_RESET_REQUESTED)) == 1
    assert "was removed" in mail.outbox[-1].subject
    settings.BEARER = {**settings.BEARER, "MFA_REQUIRED": "everyone"}
    with pytest.raises(errors.LoginIncomplete) as incomplete:  # who had a factor gets no time to enrol once more
        issue_session(ann, amr=["pwd"])
    assert incomplete.value.members["step"] == "enrol"


def test_one_person_waits(ann: Any, staff: list[Any]) -> None:
    eve, _ = staff
    request_factor_reset(ann, by=eve)
    clock.advance(3 * DAY - 1)
    with pytest.raises(errors.LoginRefused, match="second person"):
        complete_factor_reset(ann, by=eve)
    clock.advance(1)
    complete_factor_reset(ann, by=eve)
    assert not FACTORS
    with pytest.raises(errors.LoginRefused, match="nobody asked"):
        complete_factor_reset(ann, by=eve)


@pytest.mark.parametrize("stops", ["login", "password", "everywhere", "cancel", "month"])
def test_what_stops_it(stops: str, ann: Any, staff: list[Any]) -> None:
    eve, joe = staff
    request_factor_reset(ann, by=eve)
    clock.advance(60)
    if stops == "login":
        issue_session(ann, amr=["pwd", "otp", "mfa"])
    elif stops == "password":
        ann.set_password("another passphrase")
        ann.save()
    elif stops == "everywhere":
        revoke_user(ann)
    elif stops == "cancel":
        cancel_factor_reset(ann)
    else:
        clock.advance(30 * DAY)
    with pytest.raises(errors.LoginRefused):
        complete_factor_reset(ann, by=joe)
    assert FACTORS


def test_who_may(ann: Any, staff: list[Any], django_user_model: Any) -> None:
    eve, _ = staff
    bob = django_user_model.objects.create_user("bob")
    for by in (bob, ann):
        with pytest.raises(errors.LoginRefused):
            request_factor_reset(ann, by=by)
    request_factor_reset(ann, by=eve)
    ann.is_staff = True
    ann.save()
    eve.is_active = False
    eve.save()
    for by in (bob, ann, eve):
        with pytest.raises(errors.LoginRefused):
            complete_factor_reset(ann, by=by)
    assert FACTORS


def test_a_user_who_cannot_be_told_or_has_none(ann: Any, staff: list[Any]) -> None:
    ann.email = ""
    ann.save()
    with pytest.raises(errors.InvalidRequest, match="address"):
        request_factor_reset(ann, by=staff[0])
    FACTORS.clear()
    with pytest.raises(errors.InvalidRequest, match="no second factor"):
        request_factor_reset(ann, by=staff[0])


@pytest.mark.parametrize("shown", ["session", "own view", "step-up"])
def test_a_login_that_shows_the_factor_stops_it_for_good(ann: Any, staff: list[Any], shown: str) -> None:
    """Whatever its methods are called, and whatever becomes of the session's row."""
    session = issue_session(ann, amr=["pwd", "otp", "mfa"])
    clock.advance(60)
    request_factor_reset(ann, by=staff[0])
    if shown == "session":
        issue_session(ann, amr=["pwd", "otp"])
    elif shown == "own view":
        issue_session(ann, amr=["pwd", "hwk"])
    else:
        step_up_session(authenticate_token(session.access_token), amr=["pwd", "otp"])
    Session.objects.all().delete()
    clock.advance(3 * DAY)
    for by in staff:
        with pytest.raises(errors.LoginRefused, match="nobody asked"):
            complete_factor_reset(ann, by=by)
    assert FACTORS


def test_the_veto_survives_the_rollback_of_the_login(ann: Any, staff: list[Any]) -> None:
    request_factor_reset(ann, by=staff[0])
    with durable_writes.request_scope(), suppress(ZeroDivisionError), transaction.atomic():
        issue_session(ann, amr=["pwd", "otp", "mfa"])
        raise ZeroDivisionError
    with pytest.raises(errors.LoginRefused, match="nobody asked"):
        complete_factor_reset(ann, by=staff[1])


def test_a_reset_that_fails_has_ended_nothing(ann: Any, staff: list[Any], monkeypatch: Any) -> None:
    def fails(self: Any, user: Any) -> None:
        raise RuntimeError

    session = issue_session(ann, amr=["pwd", "otp", "mfa"])
    request_factor_reset(ann, by=staff[0])
    with monkeypatch.context() as patched:
        patched.setattr(Removable, "remove_factors", fails)
        with pytest.raises(errors.TemporarilyUnavailable):
            complete_factor_reset(ann, by=staff[1])
    assert not is_token_revoked(session.access_token)
    complete_factor_reset(ann, by=staff[1])


@pytest.mark.parametrize(
    ("changes", "target", "fault"),
    [
        ({}, {}, ""),
        ({"is_active": False}, {}, "not active"),
        ({"is_staff": False}, {}, "only staff"),
        ({"permitted": False}, {}, "permission"),
        ({}, {"is_superuser": True}, "only a superuser"),
        ({"is_superuser": True, "permitted": False}, {"is_superuser": True}, ""),
        ({"pk": 2}, {}, "own factor"),
    ],
)
def test_who_may_reset_whose(
    django_user_model: Any, changes: dict[str, Any], target: dict[str, Any], fault: str
) -> None:
    permitted = changes.pop("permitted", True)
    by = django_user_model(**{"pk": 1, "is_staff": True, **changes})
    by._perm_cache = by._user_perm_cache = {"auth.change_user"} if permitted else set()
    found = factor_reset_rules.fault(by, django_user_model(pk=2, **target))
    assert fault in found
    assert bool(fault) is bool(found)


def test_whoever_asked_must_still_be_allowed_to(ann: Any, staff: list[Any]) -> None:
    eve, joe = staff
    request_factor_reset(ann, by=eve)
    eve.is_active = False
    eve.save()
    with pytest.raises(errors.LoginRefused, match="not active"):
        complete_factor_reset(ann, by=joe)
    assert FACTORS


def test_an_earlier_address_is_told_as_well(ann: Any, staff: list[Any], settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "EMAIL_UNDO_URL": "https://app.example.com/undo#{token}"}
    email_undo.make(ann, "https://api.example.com", "old@ann.example", 1, True)
    request_factor_reset(ann, by=staff[0])
    assert [one.to for one in mail.outbox] == [["post@ann.example"], ["old@ann.example"]]


def test_it_runs_on_every_database(database: str, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user(NAME, email="post@ann.example")
    eve, joe = (helper(django_user_model, name) for name in ("eve", "joe"))
    request_factor_reset(user, by=eve)
    request_factor_reset(user, by=joe)  # the last request counts
    complete_factor_reset(user, by=eve)
    assert not FACTORS
    assert not Session.objects.exists()
