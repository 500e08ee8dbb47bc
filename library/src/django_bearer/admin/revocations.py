"""Revocations in the admin: what is refused before its time."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import RevokedToken
from .read_only import ReadOnlyAdmin, timestamp


class RevokedTokenAdmin(ReadOnlyAdmin):
    """Lists revocations."""

    list_display = ("kind", "identifier", "cause", "when", "forgotten")
    list_filter = ("kind", "cause")
    search_fields = ("=identifier",)
    fields = ("kind", "identifier", "cause", "when", "forgotten")
    readonly_fields = fields
    ordering = ("-revoked_at",)

    @admin.display(description=_("revoked"), ordering="revoked_at")
    def when(self, row: RevokedToken) -> str:
        return timestamp(row.revoked_at)

    @admin.display(description=_("forgotten after"), ordering="expires_at")
    def forgotten(self, row: RevokedToken) -> str:
        return timestamp(row.expires_at)
