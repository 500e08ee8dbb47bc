"""A login that lacks a step: what was proved, what was asked for, and until when. One row, minutes long."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .fields import DigestField, TimestampField


class LimitedLogin(models.Model):
    """A login attempt that waits for its next step. The limited token itself is stored nowhere.

    It is deleted when its step is done, and purged after its end. As with sessions, the user column has no database
    constraint, since users may live in another database.
    """

    digest = DigestField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="bearer_limited_logins",
    )
    issuer = models.CharField(max_length=255)
    client_id = models.CharField(max_length=100)
    delivery = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=20)
    step = models.CharField(max_length=20)
    asked = models.JSONField(default=dict)
    created_at = TimestampField()
    expires_at = TimestampField()
    password_fingerprint = DigestField()
    user_epoch = models.PositiveIntegerField(default=0)
    issuer_epoch = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="bearer_limited_expires_at")]

    def __str__(self) -> str:
        return f"login of {self.user_id} that lacks {self.step}"
