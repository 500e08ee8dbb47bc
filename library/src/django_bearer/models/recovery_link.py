"""A mailed link for an owner who has forgotten the password. One row, a quarter of an hour long."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .fields import DigestField, TimestampField


class RecoveryLink(models.Model):
    """A link that was mailed. The token in it is stored nowhere.

    `account`, `email` and `enrolled` are what they were when it was made: once one has changed, it is of no use. As
    with sessions, the user column has no database constraint, since users may live in another database.
    """

    digest = DigestField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="bearer_recovery_links",
    )
    issuer = models.CharField(max_length=255)
    account = models.CharField(max_length=64)
    email = models.CharField(max_length=320)
    enrolled = models.BooleanField(default=False)
    expires_at = TimestampField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="bearer_recovery_expires_at")]

    def __str__(self) -> str:
        return f"recovery link of {self.user_id}"
