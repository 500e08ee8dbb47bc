# file: shop/models.py
import binascii
import os
from django.db import models

class CustomToken(models.Model):
    key = models.CharField(max_length=40, primary_key=True)  # <- BT103

    def save(self, *args, **kwargs):
        if not self.key:
            self.key = self.generate_key()
        return super().save(*args, **kwargs)

    def generate_key(self):
        return binascii.hexlify(os.urandom(20)).decode()
