"""What is kept of security events: a row for each rare one, a row an hour for what anybody can cause at will."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .fields import DigestField, TimestampField


class SecurityEventRecord(models.Model):
    """One event, or `count` alike ones from `first_at` to `last_at`.

    `slot` names what is counted in one row (kind, hour and a share of the addresses); it is null for a single event.
    `coarse` says that the address has been cut down to its network. The user is text, since events outlive users.
    """

    kind = models.CharField(max_length=40)
    slot = DigestField(null=True, unique=True)
    first_at = TimestampField()
    last_at = TimestampField()
    count = models.PositiveIntegerField(default=1)
    user_id = models.CharField(max_length=255, blank=True, default="")
    session_id = models.CharField(max_length=36, blank=True, default="")
    client_id = models.CharField(max_length=100, blank=True, default="")
    address = models.CharField(max_length=50, blank=True, default="")
    coarse = models.BooleanField(default=False)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["last_at"], name="bearer_record_last_at"),
            models.Index(fields=["coarse", "last_at"], name="bearer_record_coarse"),
            models.Index(fields=["kind", "last_at"], name="bearer_record_kind"),
            models.Index(fields=["user_id", "last_at"], name="bearer_record_user"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.first_at}"
