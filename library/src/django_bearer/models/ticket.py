"""A ticket: what an access token may do at one place, once, for half a minute. One row."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .fields import DigestField, TimestampField


class Ticket(models.Model):
    """A ticket that was handed out. The ticket itself is stored nowhere.

    `claims` and `kid` are those of the access token that asked for it: what ends that token, its session, its key or
    its user ends the ticket, too. After its redemption `cookie_digest` is that of the cookie that goes on in its
    place, where the view gives one, and `expires_at` the cookie's end.
    """

    digest = DigestField(primary_key=True)
    cookie_digest = DigestField(null=True, unique=True)
    session_id = models.UUIDField()
    purpose = models.CharField(max_length=40)
    path = models.CharField(max_length=500)
    claims = models.TextField()
    kid = models.CharField(max_length=64)
    expires_at = TimestampField()
    redeemed_at = TimestampField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="bearer_ticket_expires_at")]

    def __str__(self) -> str:
        return f"ticket for {self.purpose} of session {self.session_id}"
