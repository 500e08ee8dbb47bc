"""The tables of the move: the state of each account when it began, uses of old tokens by day, trades, and copies."""

from __future__ import annotations

from django.db import models


class MoveStart(models.Model):
    """The row that says that the state of every account was recorded. Old tokens are accepted from then on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    started_at = models.BigIntegerField()
    """Seconds since 1970."""


class AccountState(models.Model):
    """What an account's credentials were when the move began. Old tokens carry nothing that would tell.

    `user_id` is the user's primary key as text. An empty `fingerprint` fits no account: its old tokens have ended.
    """

    user_id = models.CharField(max_length=190, unique=True)
    fingerprint = models.CharField(max_length=64)


class LegacyUse(models.Model):
    """How often old credentials of one package and kind came from one client on one day."""

    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    client = models.CharField(max_length=40)
    day = models.DateField()
    uses = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "client", "day"], name="bearer_migrate_use_unique")
        ]


class Trade(models.Model):
    """An old refresh token that became a session, and what was answered, encrypted, for a client that asks again.

    `token_digest` is the SHA-256 of the old token's id. Times are seconds since 1970.
    """

    token_digest = models.CharField(max_length=64, unique=True)
    session_id = models.UUIDField()
    retry_digest = models.CharField(max_length=64)
    answer = models.BinaryField()
    traded_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()


class TradedSession(models.Model):
    """A session that came from an old token, and what finds the token's row: no token, but a digest or an id.

    `client` is the client of django-oauth-toolkit that the session belongs to, `confidential` that it has a secret.
    """

    session_id = models.UUIDField(unique=True)
    source = models.CharField(max_length=40)
    reference = models.CharField(max_length=255, db_index=True)
    client = models.CharField(max_length=255, blank=True, default="")
    confidential = models.BooleanField(default=False)


class EndedToken(models.Model):
    """A refresh token of simplejwt that a logout has ended where no table of that package can note it.

    `token_digest` is the SHA-256 of its id. `expires_at` is in seconds since 1970.
    """

    token_digest = models.CharField(max_length=64, unique=True)
    expires_at = models.BigIntegerField()


class CopiedToken(models.Model):
    """An old opaque token that was copied: the SHA-256 of what the old table stores, and when it ends at the latest.

    It is good only while the old row stands. `expires_at` is in seconds since 1970.
    """

    source = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.BigIntegerField()
