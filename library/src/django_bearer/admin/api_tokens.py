"""API tokens and service accounts in the admin: what machines hold; revoke a token, disable a service."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..api_tokens import issue_and_revoke, service_accounts
from ..models import ApiToken, ServiceAccount
from .filters import StateFilter
from .read_only import ReadOnlyAdmin, confirmed_action, outranks, timestamp


class ApiTokenAdmin(ReadOnlyAdmin):
    """Lists API tokens and revokes them. No token is shown."""

    list_display = ("name", "owner", "scope", "created", "ends", "used", "last_used_from", "exposed", "state")
    list_filter = ("service", StateFilter)
    search_fields = ("=id", "name", "=user__pk", "=service__name")
    fields = (
        *("id", "name", "owner", "issuer", "audience", "scope", "created", "ends", "used", "last_used_from"),
        *("exposed", "state"),
    )
    readonly_fields = fields
    ordering = ("-created_at",)
    actions = ("revoke",)

    def may_act_on(self, request: HttpRequest, row: ApiToken) -> bool:
        return not outranks(row.user, request.user)

    @admin.display(description=_("owner"))
    def owner(self, row: ApiToken) -> str:
        return str(row.service) if row.service else _("user %(key)s") % {"key": row.user_id}

    @admin.display(description=_("made"), ordering="created_at")
    def created(self, row: ApiToken) -> str:
        return timestamp(row.created_at)

    @admin.display(description=_("ends"), ordering="expires_at")
    def ends(self, row: ApiToken) -> str:
        return timestamp(row.expires_at)

    @admin.display(description=_("last used"), ordering="last_used_at")
    def used(self, row: ApiToken) -> str:
        return timestamp(row.last_used_at)

    @admin.display(description=_("came over plain HTTP"), boolean=True)
    def exposed(self, row: ApiToken) -> bool:
        return row.exposed_at is not None

    @admin.display(description=_("state"))
    def state(self, row: ApiToken) -> str:
        if row.revoked_at is None:
            return str(_("live"))
        return _("ended: %(cause)s") % {"cause": row.revoked_cause}

    @confirmed_action(
        _("Revoke the chosen API tokens"), _("They are refused from the next request on. Machines stop working.")
    )
    def revoke(self, row: ApiToken) -> int:
        return int(issue_and_revoke.revoke_api_token(row.pk, "admin"))


class ServiceAccountAdmin(ReadOnlyAdmin):
    """Lists service accounts, and disables and enables them."""

    list_display = ("name", "is_active", "made")
    search_fields = ("name",)
    fields = ("id", "name", "is_active", "made")
    readonly_fields = fields
    actions = ("disable", "enable")

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, row: ServiceAccount) -> str:
        return timestamp(row.created_at)

    @confirmed_action(_("Disable the chosen services"), _("All their tokens are refused from the next request on."))
    def disable(self, row: ServiceAccount) -> int:
        return int(service_accounts.set_active(row, False, "admin"))

    @confirmed_action(_("Enable the chosen services"), _("Those of their tokens that have not ended are good again."))
    def enable(self, row: ServiceAccount) -> int:
        return int(service_accounts.set_active(row, True, "admin"))
