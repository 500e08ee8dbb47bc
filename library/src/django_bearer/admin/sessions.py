"""Sessions in the admin: who is logged in from where; end one, or all of a user; and the dashboard."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from ..models import SecurityEventRecord, Session
from ..sessions import revocation
from ..sessions.handover_redemption import HANDED_OVER_FROM
from ..sessions.impersonation import IMPERSONATED_BY
from . import dashboard
from .filters import DeliveryFilter, StateFilter
from .read_only import ReadOnlyAdmin, confirmed_action, outranks, timestamp


class SessionAdmin(ReadOnlyAdmin):
    """Lists sessions, ends them, and has the dashboard. Digests, salts and fingerprints are not shown."""

    list_display = (
        *("id", "user_id", "client_id", "device", "impersonated_by", "handed_over_from"),
        *("began", "used", "ends", "state"),
    )
    list_filter = ("client_id", DeliveryFilter, StateFilter)
    search_fields = ("=id", "=user__pk")
    search_help_text = _("The id of a session or of a user, whole")
    fields = (
        *("id", "user_id", "issuer", "client_id", "delivery", "scope", "audiences", "amr", "acr", "device", "where"),
        *("impersonated_by", "handed_over_from", "generation", "concurrent_uses"),
        *("began", "used", "idle_ends", "ends", "state"),
    )
    readonly_fields = fields
    ordering = ("-created_at",)
    actions = ("revoke", "revoke_all")
    change_list_template = "admin/django_bearer/sessions.html"

    def may_act_on(self, request: HttpRequest, row: Session) -> bool:
        return not outranks(row.user, request.user)

    def has_end_everything_permission(self, request: HttpRequest) -> bool:
        """API tokens end, too, so the permission for those is asked beside that for sessions."""
        return self.has_act_permission(request) and request.user.has_perm("django_bearer.change_apitoken")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.dashboard)
        setattr(page, "model_admin", self)  # noqa: B010 - as Django marks its own: it shows its login page

        return [path("dashboard/", page, name="django_bearer_dashboard"), *super().get_urls()]

    def has_dashboard_permission(self, request: HttpRequest) -> bool:
        """Its figures are of sessions and of events, so both permissions are asked."""
        events = SecurityEventRecord._meta
        codename = f"{events.app_label}.{get_permission_codename('view', events)}"
        return self.has_view_permission(request) and request.user.has_perm(codename)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with the way to the dashboard for whoever may see it."""
        more = {"has_dashboard_permission": self.has_dashboard_permission(request)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def dashboard(self, request: HttpRequest) -> TemplateResponse:
        """Figures of sessions and events, for users who may view them."""
        from django.core.exceptions import PermissionDenied

        if not self.has_dashboard_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "opts": self.opts, **dashboard.figures()}
        return TemplateResponse(request, "admin/django_bearer/dashboard.html", context)

    @admin.display(description=_("began"), ordering="created_at")
    def began(self, row: Session) -> str:
        return timestamp(row.created_at)

    @admin.display(description=_("last used"), ordering="rotated_at")
    def used(self, row: Session) -> str:
        return timestamp(row.rotated_at or row.created_at)

    @admin.display(description=_("ends when idle"), ordering="idle_ends_at")
    def idle_ends(self, row: Session) -> str:
        return timestamp(row.idle_ends_at)

    @admin.display(description=_("ends"), ordering="ends_at")
    def ends(self, row: Session) -> str:
        return timestamp(row.ends_at)

    @admin.display(description=_("device"))
    def device(self, row: Session) -> str:
        return str(row.extras.get("device") or "-")

    @admin.display(description=_("impersonated by"))
    def impersonated_by(self, row: Session) -> str:
        return str(row.extras.get(IMPERSONATED_BY) or "-")

    @admin.display(description=_("handed over from"))
    def handed_over_from(self, row: Session) -> str:
        return str(row.extras.get(HANDED_OVER_FROM) or "-")

    @admin.display(description=_("where"))
    def where(self, row: Session) -> str:
        return str(row.extras.get("where") or "-")

    @admin.display(description=_("state"))
    def state(self, row: Session) -> str:
        if row.revoked_at is None:
            return str(_("live"))
        return _("ended: %(cause)s") % {"cause": row.revoked_cause}

    @confirmed_action(_("End the chosen sessions"), _("Their tokens are refused from the next request on."))
    def revoke(self, row: Session) -> int:
        return int(revocation.end_session(row.pk, "admin"))

    @confirmed_action(
        _("End everything of their users"),
        _("All sessions and API tokens of these users end, on every device."),
        permission="end_everything",
    )
    def revoke_all(self, row: Session) -> int:
        return revocation.revoke_user(row.user, "admin") if row.user is not None else 0
