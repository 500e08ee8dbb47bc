"""A stored key: encrypted, so that nobody who reads or edits this table can sign or add a key."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .fields import TimestampField


class SigningKey(models.Model):
    """One key of an issuer's ring. Private bytes are in `encrypted_private_key` only, bound to the other columns.

    `serial` counts an issuer's keys of one use from 1; its unique constraint is what makes the first key exist once
    however many workers start together.
    """

    kid = models.CharField(max_length=64)
    issuer = models.CharField(max_length=255)
    use = models.CharField(max_length=10)
    serial = models.PositiveIntegerField()
    alg = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    public = models.JSONField(default=dict)
    encrypted_private_key = models.BinaryField()
    created_at = TimestampField()
    changed_at = TimestampField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "use", "serial"], name="bearer_key_serial"),
            models.UniqueConstraint(fields=["kid"], name="bearer_key_kid"),
        ]

    def __str__(self) -> str:
        return f"{self.use} key {self.kid}"
