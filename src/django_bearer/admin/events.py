"""Security events in the admin: what is kept of them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import SecurityRecord
from .looking import LookingAdmin, moment


class SecurityRecordAdmin(LookingAdmin):
    """A row an event, or an hour of alike ones."""

    list_display = ("kind", "first", "last", "count", "user_id", "client_id", "source")
    list_filter = ("kind",)
    search_fields = ("=user_id", "=session_id", "source")
    fields = ("kind", "first", "last", "count", "user_id", "session_id", "client_id", "source", "details")
    readonly_fields = fields
    ordering = ("-last_at",)

    @admin.display(description=_("first"), ordering="first_at")
    def first(self, row: SecurityRecord) -> str:
        return moment(row.first_at)

    @admin.display(description=_("last"), ordering="last_at")
    def last(self, row: SecurityRecord) -> str:
        return moment(row.last_at)
