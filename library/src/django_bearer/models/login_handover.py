"""A login that is being handed over to another client or device. One row, a minute long."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .fields import DigestField, TimestampField


class LoginHandover(models.Model):
    """A handover that waits for its receiver. The code itself is stored nowhere.

    `claims` and `kid` are those of the access token that asked for it: what ends that token, its session, its key or
    its user ends the handover, too. `challenge`, `state` and `delivery` are the receiver's, and fixed once: when it
    is made, or by the first receiver that begins with the code. That receiver shows `number`. It is no secret of the
    receiver's: it opens nothing without the access token of the session. The row is deleted when it is redeemed, and
    purged after its end. As with sessions, the user column has no database constraint.
    """

    digest = DigestField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="bearer_handovers",
    )
    issuer = models.CharField(max_length=255)
    session_id = models.UUIDField()
    client_id = models.CharField(max_length=100)
    claims = models.TextField()
    kid = models.CharField(max_length=64)
    challenge = models.CharField(max_length=43, blank=True, default="")
    state = models.CharField(max_length=43, blank=True, default="")
    delivery = models.PositiveSmallIntegerField(null=True)
    number = models.CharField(max_length=6, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    device = models.CharField(max_length=100, blank=True, default="")
    network = models.CharField(max_length=100, blank=True, default="")
    approved_at = TimestampField(null=True)
    expires_at = TimestampField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="bearer_handover_expires_at")]

    def __str__(self) -> str:
        return f"handover of session {self.session_id} to {self.client_id}"
