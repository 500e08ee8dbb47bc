"""An API token: a long-lived credential for a machine. Only the digest of its secret is here."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models

from ..primitives import randomness
from .fields import DigestField, TimestampField
from .service_account import ServiceAccount

HINT = "An API token is made by django_bearer.issue_api_token(), which alone knows its secret."


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Reads and updates; a row made by hand would be a token that nobody holds."""

    def create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(HINT)

    acreate = bulk_create = abulk_create = get_or_create = aget_or_create = create
    update_or_create = aupdate_or_create = create


class ApiTokenManager(models.Manager.from_queryset(ApiTokenQuerySet)):  # type: ignore[misc]
    """The same on `ApiToken.objects` and on a user's `bearer_api_tokens`."""


class ApiToken(models.Model):
    """An API token: a long-lived credential for a machine. Only the digest of its secret is stored.

    It is valid for as long as its owner is, a user or a service account. Rows are made by `issue_api_token()` alone;
    `create()` and its like raise `TypeError`. The user column has no database constraint and no cascade, since users
    may live in another database. Timestamps are whole microseconds since 1970, UTC.

    Attributes:
        id: The id of the token, with which it is revoked.
        user: The user who owns it, or None.
        service: The service account that owns it, or None.
        issuer: The issuer.
        audience: The API that it is for.
        name: What it is for.
        scope: The scopes, separated by spaces.
        digest: The SHA-256 of the token's secret.
        created_at: The timestamp of its creation, in microseconds.
        expires_at: The timestamp of its expiry, in microseconds.
        last_used_at: The timestamp of its last use, in microseconds, or None. It is noted at most every ten minutes.
        last_used_from: The address of its last use.
        exposed_at: The timestamp at which it came over plain HTTP, in microseconds, or None.
        password_fingerprint: The fingerprint of the owner's password when it was made.
        rehashed_fingerprint: The fingerprint of the same password, hashed anew.
        made_by_session: The id of the session that asked for it, or None. When that session's token is reused, this
            one ends too.
        user_epoch: The number of the user's epoch when it was made.
        issuer_epoch: The number of the issuer's epoch when it was made.
        revoked_at: The timestamp of its revocation, in microseconds, or None.
        revoked_cause: Why it was revoked, at most 40 characters.
        objects: The manager, which creates no rows.
    """

    id = models.UUIDField(primary_key=True, default=randomness.session_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="bearer_api_tokens",
    )
    service = models.ForeignKey(ServiceAccount, on_delete=models.CASCADE, null=True, related_name="bearer_api_tokens")
    issuer = models.CharField(max_length=255)
    audience = models.CharField(max_length=255)
    name = models.CharField(max_length=100)
    scope = models.TextField(blank=True, default="")
    digest = DigestField()
    created_at = TimestampField()
    expires_at = TimestampField()
    last_used_at = TimestampField(null=True)
    last_used_from = models.CharField(max_length=50, blank=True, default="")
    exposed_at = TimestampField(null=True)
    password_fingerprint = DigestField()
    rehashed_fingerprint = DigestField(default=b"")
    made_by_session = models.UUIDField(null=True, db_index=True)
    user_epoch = models.PositiveIntegerField(default=0)
    issuer_epoch = models.PositiveIntegerField(default=0)
    revoked_at = TimestampField(null=True)
    revoked_cause = models.CharField(max_length=40, blank=True, default="")

    objects = ApiTokenManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="bearer_api_token_expires_at")]

    def __str__(self) -> str:
        return f"API token {self.name}"
