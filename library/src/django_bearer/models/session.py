"""A session: one login on one device, the family of all its tokens. One row, from login to purge."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from ..primitives import randomness
from .fields import DigestField, TimestampField


class Session(models.Model):
    """One login on one device, the family of all its tokens. One row, from login to purge.

    Timestamps are whole microseconds since 1970, UTC. The user column has no database constraint and no cascade,
    since users may live in another database. The receivers end the sessions of a deleted user, and a session whose
    user is missing is refused. The column is never null; that it could be makes the ORM join it so that such a
    session is still found.

    Attributes:
        id: The id of the session, the claim `sid`.
        user: The user.
        issuer: The issuer.
        client_id: The client that logged in.
        delivery: A number of `TokenDelivery`.
        scope: The scopes, separated by spaces.
        audiences: The audiences that its tokens may name, separated by spaces; empty stands for `BEARER["AUDIENCE"]`.
        binding: Reserved for the key of a bound session.
        amr: The methods of the login, separated by spaces.
        acr: How strong the login was.
        key_id: The key of the current refresh token, 8 bytes.
        generation: The number of rotations so far.
        current_digest: The SHA-256 of the current refresh token's secret.
        salt: What the current refresh token was derived with, 32 bytes.
        retry_digest: The digest of the client's retry key.
        context_digest: The digest of where the last rotation was asked from.
        concurrent_uses: How many times a predecessor was used from another context within the grace period.
        context: The device in words and the network of the last refresh, or of the login.
        rotated_at: The timestamp of the last rotation, in microseconds, or None.
        authenticated_at: The timestamp of the login, in microseconds: the claim `auth_time`.
        created_at: The timestamp of the row, in microseconds.
        idle_seconds: The idle lifetime in seconds.
        access_seconds: The lifetime of its access tokens in seconds.
        idle_ends_at: The timestamp at which it ends unless it is refreshed, in microseconds.
        ends_at: The timestamp at which it ends in any case, in microseconds.
        password_fingerprint: The fingerprint of the password at login.
        rehashed_fingerprint: The fingerprint of the same password, hashed anew.
        user_epoch: The number of the user's epoch at login.
        issuer_epoch: The number of the issuer's epoch at login.
        revoked_at: The timestamp of its revocation, in microseconds, or None.
        revoked_cause: Why it was revoked, at most 40 characters.
        extras: A JSON object: device and network of the login, and the `extras` of `issue_session()`.
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
    context = models.CharField(max_length=200, blank=True, default="", db_default="")

    authenticated_at = TimestampField()
    created_at = TimestampField()
    idle_seconds = models.PositiveIntegerField()
    access_seconds = models.PositiveIntegerField()
    idle_ends_at = TimestampField()
    ends_at = TimestampField()

    password_fingerprint = DigestField()
    rehashed_fingerprint = DigestField(default=b"")
    user_epoch = models.PositiveIntegerField(default=0)
    issuer_epoch = models.PositiveIntegerField(default=0)
    revoked_at = TimestampField(null=True)
    revoked_cause = models.CharField(max_length=40, blank=True, default="")
    extras = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="bearer_session_ends_at")]
        permissions: ClassVar = [("impersonate_user", "Can act for a user who is not staff")]

    def __str__(self) -> str:
        return f"session {self.id}"
