"""An event that is to be sent to a webhook: one row until it has arrived, or is given up."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .fields import TimestampField


class WebhookDelivery(models.Model):
    """One message for one webhook of `BEARER["WEBHOOKS"]`. `message_id` is the same at every attempt."""

    webhook = models.CharField(max_length=40)
    message_id = models.CharField(max_length=64, unique=True)
    user_id = models.CharField(max_length=255)
    body = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = TimestampField()
    next_at = TimestampField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["next_at"], name="bearer_webhook_next_at")]

    def __str__(self) -> str:
        return f"message {self.message_id} for {self.webhook}"
