"""A session: one login on one device, the family of all its tokens. One row, from login to purge."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from ..primitives import randomness
from .fields import DigestField, TimestampField


class Session(models.Model):
    """Everything that decides whether this session's tokens are good.

    `audiences` are those its tokens may be for, the usual one first; empty stands for the server's own.
    `generation`, `current_digest` and `salt` describe the one live refresh token (docs/reference/tokens.md).
    `unused` says that no token of it has been shown yet, so that its idle end is near (`sessions/first_use.py`).
    The user column has no database constraint and no cascade, since users may live in another database; the
    receivers end the sessions of a deleted user, and a session whose user is missing is refused. It is never null;
    that it could be makes the ORM join it so that a session whose user is gone is still found, and refused by name.
    """

    id = models.UUIDField(primary_key=True, default=randomness.session_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="bearer_sessions",
    )
    issuer = models.CharField(max_length=255)
    client_id = models.CharField(max_length=100)
    delivery = models.PositiveSmallIntegerField()
    scope = models.TextField(blank=True, default="")
    audiences = models.TextField(blank=True, default="", db_default="")
    binding = models.CharField(max_length=100, blank=True, default="")
    amr = models.CharField(max_length=100, blank=True, default="")
    acr = models.CharField(max_length=100, blank=True, default="")

    key_id = DigestField(max_length=8)
    generation = models.BigIntegerField(default=0)
    current_digest = DigestField()
    salt = DigestField(default=b"")
    retry_digest = DigestField(default=b"")
    context_digest = DigestField(default=b"")
    concurrent_uses = models.PositiveIntegerField(default=0)
    rotated_at = TimestampField(null=True)

    authenticated_at = TimestampField()
    created_at = TimestampField()
    idle_seconds = models.PositiveIntegerField()
    access_seconds = models.PositiveIntegerField()
    idle_ends_at = TimestampField()
    ends_at = TimestampField()
    unused = models.BooleanField(default=False, db_default=False)

    password_fingerprint = DigestField()
    rehashed_fingerprint = DigestField(default=b"")
    user_epoch = models.PositiveIntegerField(default=0)
    issuer_epoch = models.PositiveIntegerField(default=0)
    revoked_at = TimestampField(null=True)
    revoked_cause = models.CharField(max_length=40, blank=True, default="")
    extras = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="bearer_session_ends_at")]

    def __str__(self) -> str:
        return f"session {self.id}"
