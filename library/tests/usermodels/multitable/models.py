"""Users in two tables: the password in one, what the project adds in the other."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Account(AbstractBaseUser):
    username = models.CharField(max_length=100, unique=True)
    objects = BaseUserManager()
    USERNAME_FIELD = "username"


class User(Account):
    is_active = models.BooleanField(default=True)
    nickname = models.CharField(max_length=100, blank=True)
    objects = BaseUserManager()
