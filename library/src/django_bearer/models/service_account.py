"""A service account: a named owner of API tokens that is nobody's user, has no password and cannot log in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from ..primitives import randomness
from .fields import TimestampField


class ServiceAccount(models.Model):
    """Stands where a user would in `request.user`, and may do nothing but what its token's scopes say.

    Its key is a UUID, so that no query for a user's rows finds anything under it.
    """

    id = models.UUIDField(primary_key=True, default=randomness.session_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = TimestampField()

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_staff: ClassVar[bool] = False
    is_superuser: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"service {self.name}"

    def get_username(self) -> str:
        """A name that no user has: it holds a space and a colon."""
        return f"service: {self.name}"

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Permissions are for users; a service has scopes."""
        return False

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        """None of them."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """None of them."""
        return False
