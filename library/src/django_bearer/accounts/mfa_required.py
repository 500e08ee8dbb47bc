"""Whether a user must have a second factor by now: `MFA_REQUIRED` says who, `MFA_ENROLMENT_TIME` until when.

The time runs from the first login after a user was concerned, by the database's time. It is noted at once, and never
anew: also for a user who has a factor, so that whoever loses it gets no more than what is left of that time.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from django.db import OperationalError

from .. import conf, events
from ..database import aliases, issuers
from ..database.conflicts import is_lost_race, retry_on_conflict
from ..database.durable_writes import write_despite_refusal
from ..errors import TemporarilyUnavailable
from ..models import EnrolmentPeriod
from ..primitives.clock import SECOND

logger = logging.getLogger("django_bearer.debug")


def is_due(user: Any) -> bool:
    """Whether this user, who has no second factor, must enrol before anything else.

    Begins the user's time where it has not begun. Raises `TemporarilyUnavailable` where the project's rule fails:
    nothing is decided then.
    """
    if not concerns(user):
        return False
    lifetime = conf.current().mfa_enrolment_time * SECOND
    if lifetime == 0:
        return True
    now = issuers.now()
    return now >= _started(user, now) + lifetime


def concerns(user: Any) -> bool:
    """Whether `MFA_REQUIRED` names this user. Raises as `is_due` does."""
    rule = conf.current().mfa_required
    if rule is None:
        return False
    try:
        return rule.concerns(user)
    except Exception as error:
        if isinstance(error, OperationalError) and is_lost_race(error):
            raise
        logger.exception('BEARER["MFA_REQUIRED"] raised %s; nothing was issued.', type(error).__name__)
        raise TemporarilyUnavailable("MFA_REQUIRED raised an exception; its traceback is in the log") from error


def note_login(user: Any) -> None:
    """Begin the time of a user who has shown a second factor at a login, where it has not begun. Nobody is told.

    A rule that fails keeps nobody from a login by the factor: it is asked again at the next one.
    """
    with suppress(TemporarilyUnavailable):
        if conf.current().mfa_enrolment_time and concerns(user):
            _begun(user, issuers.now())


def end_time(user: Any) -> None:
    """Leave this user no time to enrol: whose factor was reset has had it."""
    rows = EnrolmentPeriod.objects.using(aliases.sessions_alias())

    def write() -> None:
        if not rows.filter(user_id=user.pk).update(started_at=0):
            rows.bulk_create([EnrolmentPeriod(user_id=user.pk, started_at=0)], ignore_conflicts=True)

    retry_on_conflict(write)


def _started(user: Any, now: int) -> int:
    """When the user's time began, in microseconds since 1970: now, where it had not begun, and the user is told."""
    started, is_new = _begun(user, now)
    if is_new:
        events.publish(events.EventKind.ENROLMENT_STARTED, user_id=str(user.pk))
    return started


def _begun(user: Any, now: int) -> tuple[int, bool]:
    """When the user's time began, and whether that is now. It outlives the rollback of a caller's transaction."""
    rows = EnrolmentPeriod.objects.using(aliases.sessions_alias())
    found = rows.filter(user_id=user.pk).values_list("started_at", flat=True).first()
    if found is not None:
        return int(found), False
    row = EnrolmentPeriod(user_id=user.pk, started_at=now)
    write_despite_refusal(lambda: rows.bulk_create([row], ignore_conflicts=True))
    return now, True
