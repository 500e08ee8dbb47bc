# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/models.py
import random
import string

from django.db import models


class TwoFactorCode(models.Model):
    code = models.CharField(max_length=6)

    def save(self, *args, **kwargs):
        self.code = "".join(random.choices(string.digits, k=6))  # <- BT101
        super().save(*args, **kwargs)
