# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/models.py
import random

from django.db import models


class EmailVerification(models.Model):
    code = models.CharField(max_length=6)

    def renew(self):
        self.code = str(random.randint(100000, 999999))  # <- BT101
        self.save()
