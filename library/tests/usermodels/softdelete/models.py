"""Users who are hidden, not deleted: the default manager does not find them again."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Present(BaseUserManager["User"]):
    def get_queryset(self) -> models.QuerySet[User]:
        return super().get_queryset().filter(is_deleted=False)


class User(AbstractBaseUser):
    username = models.CharField(max_length=100, unique=True)
    is_active = models.BooleanField(default=True)
    is_deleted = models.BooleanField(default=False)
    objects = Present()
    USERNAME_FIELD = "username"
