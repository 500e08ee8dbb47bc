"""Since when a user must have a second factor: the time to enrol runs from then."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .fields import TimestampField


class EnrolmentPeriod(models.Model):
    """When a user first logged in while `MFA_REQUIRED` asked for a second factor.

    The row stays for good: whoever loses a factor later gets what is left of that time. As with sessions, the user
    column has no database constraint, since users may live in another database.
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
