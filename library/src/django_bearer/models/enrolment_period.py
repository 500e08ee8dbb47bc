"""Since when a user must have a second factor: the time to enrol runs from then."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .fields import TimestampField


class EnrolmentPeriod(models.Model):
    """When a user without a second factor first logged in though `MFA_REQUIRED` asks for one.

    The row stays for good: whoever loses a factor later gets no second period. As with sessions, the user column has
    no database constraint, since users may live in another database.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        primary_key=True,
        related_name="bearer_enrolment_period",
    )
    started_at = TimestampField()

    def __str__(self) -> str:
        return f"time to enrol of {self.user_id}"
