"""Users who are always active: there is no such column."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class User(AbstractBaseUser):
    name = models.CharField(max_length=100, unique=True)
    objects = BaseUserManager()
    USERNAME_FIELD = "name"
