"""A service account: a named owner of API tokens that is nobody's user, has no password and cannot log in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from ..primitives import randomness
from .fields import TimestampField


class ServiceAccount(models.Model):
    """A named owner of API tokens that is no user, has no password and cannot log in.

    It stands in `request.user`, and may do nothing but what its token's scopes say. Its key is a UUID, so that no
    query for a user's rows finds anything under it.

    Attributes:
        id: The key.
        name: The name, unique, at most 100 characters.
        is_active: Whether its tokens are accepted.
        created_at: The timestamp of its creation, in microseconds since 1970.
        is_authenticated: True.
        is_anonymous: False.
        is_staff: False.
        is_superuser: False.
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
        """Return a name that no user has: it holds a space and a colon.

        Returns:
            `service: ` and the name.
        """
        return f"service: {self.name}"

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Return False: permissions are for users, a service has scopes.

        Args:
            perm: The permission, as Django's `User.has_perm()` takes it.
            obj: The object that it is for.

        Returns:
            False.
        """
        return False

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        """Return False: permissions are for users, a service has scopes.

        Args:
            perm_list: The permissions.
            obj: The object that they are for.

        Returns:
            False.
        """
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Return False: permissions are for users, a service has scopes.

        Args:
            app_label: The label of an app.

        Returns:
            False.
        """
        return False
