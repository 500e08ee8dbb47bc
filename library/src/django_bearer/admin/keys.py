"""Signing keys in the admin: their states; revoke one that has leaked. Planned changes are `bearer_keys rotate`."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..endpoints.jwks import MAX_AGE
from ..keys.keyring import KeyUse
from ..models import SigningKey
from ..sessions import key_rotation
from ..sessions.revocation import revoke_key_of
from .read_only import ReadOnlyAdmin, confirmed_action, timestamp


class SigningKeyAdmin(ReadOnlyAdmin):
    """Lists signing keys, rotates and revokes them. Private keys are not shown."""

    list_display = ("kid", "issuer", "use", "alg", "state", "made", "changed")
    list_filter = ("state", "use", "alg")
    search_fields = ("=kid",)
    fields = ("kid", "issuer", "use", "serial", "alg", "state", "public", "made", "changed")
    readonly_fields = fields
    ordering = ("issuer", "use", "-serial")
    actions = ("rotate", "revoke")

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, row: SigningKey) -> str:
        return timestamp(row.created_at)

    @admin.display(description=_("changed"), ordering="changed_at")
    def changed(self, row: SigningKey) -> str:
        return timestamp(row.changed_at)

    @confirmed_action(
        _("Begin, or go on with, a planned change"),
        _("A new key is published, or one that verifiers know by now signs. Nobody is logged out."),
    )
    def rotate(self, row: SigningKey) -> int:
        return len(key_rotation.rotate(row.issuer, 0, MAX_AGE)[0])

    @confirmed_action(
        _("Revoke the chosen keys"),
        _("Every access token they signed is refused at once. Clients refresh, and nobody logs in again."),
    )
    def revoke(self, row: SigningKey) -> int:
        if row.use != KeyUse.SIGNING:
            return 0
        revoke_key_of(row.issuer, row.kid, "admin")
        return 1
