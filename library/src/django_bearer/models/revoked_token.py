"""What is revoked before its time: one access token, one session's access tokens, or one key."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .fields import DigestField, TimestampField


class RevokedToken(models.Model):
    """A revocation: of one access token, a session's access tokens, everything a key signed, or a used code.

    It is deleted once the last token it can concern has expired. Timestamps are whole microseconds since 1970, UTC.

    Attributes:
        digest: The SHA-256 of kind and identifier, so that one index answers for every kind.
        kind: What is revoked.
        identifier: The `jti`, the `sid` or the `kid`; for a code the SHA-256 of user and code.
        cause: Why, at most 40 characters.
        revoked_at: The timestamp of the revocation, in microseconds.
        expires_at: The timestamp from which the row is of no use, in microseconds.

    Source:
        RFC 7519 section 4.1.7 (jti), OWASP ASVS 7.4.1.
    """

    class Kind(models.TextChoices):
        TOKEN = "token", "one access token, by jti"
        SESSION = "session", "every access token of a session, by sid"
        KEY = "key", "everything a key signed, by kid"
        CODE = "code", "a code of a second factor that was used, by a name of it"

    digest = DigestField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    identifier = models.CharField(max_length=512)
    cause = models.CharField(max_length=40, blank=True, default="")
    revoked_at = TimestampField()
    expires_at = TimestampField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="bearer_revoked_forget_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.identifier}"
