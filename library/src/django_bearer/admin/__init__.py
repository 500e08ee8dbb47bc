"""The admin: what there is, to look at, and the few things an operator does to it. Nothing secret is ever shown."""

from __future__ import annotations

from django.contrib import admin

from ..models import ApiToken, RevokedToken, SecurityEventRecord, ServiceAccount, Session, SigningKey
from .api_tokens import ApiTokenAdmin, ServiceAccountAdmin
from .events import SecurityEventRecordAdmin
from .keys import SigningKeyAdmin
from .revocations import RevokedTokenAdmin
from .sessions import SessionAdmin

__all__ = [
    "ApiTokenAdmin",
    "RevokedTokenAdmin",
    "SecurityEventRecordAdmin",
    "ServiceAccountAdmin",
    "SessionAdmin",
    "SigningKeyAdmin",
]

admin.site.register(Session, SessionAdmin)
admin.site.register(ApiToken, ApiTokenAdmin)
admin.site.register(ServiceAccount, ServiceAccountAdmin)
admin.site.register(SigningKey, SigningKeyAdmin)
admin.site.register(RevokedToken, RevokedTokenAdmin)
admin.site.register(SecurityEventRecord, SecurityEventRecordAdmin)
