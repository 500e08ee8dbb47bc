"""A device on which a user is not asked for the second factor again: for whom, since when, and until when."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from ..primitives import randomness
from .fields import DigestField, TimestampField


class RememberedDevice(models.Model):
    """A remembered device. Its token is stored nowhere; the row has the digest of its secret.

    `account` and `factors` are the fingerprints of the account's credentials and of its second factors when it was
    remembered: once one has changed, it is of no use. As with sessions, the user column has no database constraint,
    since users may live in another database.
    """

    id = models.UUIDField(primary_key=True, default=randomness.session_id, editable=False)
    digest = DigestField(unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="bearer_remembered_devices",
    )
    issuer = models.CharField(max_length=255)
    client_id = models.CharField(max_length=100)
    account = models.CharField(max_length=64)
    factors = models.CharField(max_length=64)
    device = models.CharField(max_length=100, blank=True, default="")
    network = models.CharField(max_length=100, blank=True, default="")
    created_at = TimestampField()
    last_used_at = TimestampField()
    expires_at = TimestampField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="bearer_remembered_expires_at")]

    def __str__(self) -> str:
        return f"device {self.id} of {self.user_id}"
