"""Security events in the admin: what is kept of them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import SecurityEventRecord
from .read_only import ReadOnlyAdmin, timestamp


class SecurityEventRecordAdmin(ReadOnlyAdmin):
    """Lists security events."""

    list_display = ("kind", "first", "last", "count", "user_id", "client_id", "address")
    list_filter = ("kind",)
    search_fields = ("=user_id", "=session_id", "address")
    fields = ("kind", "first", "last", "count", "user_id", "session_id", "client_id", "address", "details")
    readonly_fields = fields
    ordering = ("-last_at",)

    @admin.display(description=_("first"), ordering="first_at")
    def first(self, row: SecurityEventRecord) -> str:
        return timestamp(row.first_at)

    @admin.display(description=_("last"), ordering="last_at")
    def last(self, row: SecurityEventRecord) -> str:
        return timestamp(row.last_at)
