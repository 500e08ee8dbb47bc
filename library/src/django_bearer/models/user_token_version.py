"""How often a user has been logged out everywhere: a whole number, so that no clock is involved."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .fields import DigestField


class UserTokenVersion(models.Model):
    """A user's epoch. Tokens and sessions carry the epoch of their login; an earlier one is refused.

    A user without a row is in epoch 0. The two fingerprints are of one and the same password: of its hash when it was
    first hashed anew, and of its hash now (`accounts.rehash`).
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        primary_key=True,
        related_name="bearer_epoch",
    )
    epoch = models.PositiveIntegerField(default=0)
    password_fingerprint = DigestField(null=True)
    rehashed_fingerprint = DigestField(null=True)

    def __str__(self) -> str:
        return f"epoch {self.epoch}"
