"""A code or link of an account that is good once: for what, and what goes with it. One row, at most days long."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from .fields import DigestField, TimestampField


class AccountToken(models.Model):
    """A code or link that was mailed or handed over. It is stored nowhere; the row has its digest.

    `account` is the account's fingerprint when it was made: once that has changed, it is of no use. As with sessions,
    the user column has no database constraint, since users may live in another database.
    """

    digest = DigestField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="bearer_account_tokens",
    )
    issuer = models.CharField(max_length=255)
    purpose = models.CharField(max_length=20)
    account = models.CharField(max_length=64)
    details = models.JSONField(default=dict)
    expires_at = TimestampField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="bearer_acct_token_expires_at"),
            models.Index(fields=["user", "purpose"], name="bearer_acct_token_user"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.user_id}"
