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
    """One token. Its owner is a user or a service account, and it is good for as long as its owner is.

    `user` has no constraint and no cascade, as in `Session`: users may live elsewhere. `made_by_session` is the
    session that asked for it, none where code or a command did: when that session's token was used twice, this one
    ends too.
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
