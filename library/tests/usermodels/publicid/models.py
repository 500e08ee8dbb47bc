"""Users who are known to the world by another id than their key."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    public_id = models.UUIDField(unique=True, default=uuid.uuid4)
