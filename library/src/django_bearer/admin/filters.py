"""Filters of the lists: a state in words, where the column has a number or is empty."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..tokens.refresh_token import TokenDelivery

LIVE = "live"


class DeliveryFilter(admin.SimpleListFilter):
    """By the way in which the refresh token reaches its client."""

    title = _("delivery")
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(int(TokenDelivery.COOKIE)), _("cookie")), (str(int(TokenDelivery.BODY)), _("body"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(delivery=self.value())


class StateFilter(admin.SimpleListFilter):
    """By whether it was revoked, and why."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        revoked = model_admin.model.objects.filter(revoked_at__isnull=False)
        causes = revoked.order_by("revoked_cause").values_list("revoked_cause", flat=True).distinct()
        return [(LIVE, _("live")), *((cause, _("ended: %(cause)s") % {"cause": cause}) for cause in causes if cause)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self.value() == LIVE:
            return queryset.filter(revoked_at__isnull=True)
        return queryset.filter(revoked_at__isnull=False, revoked_cause=self.value())
