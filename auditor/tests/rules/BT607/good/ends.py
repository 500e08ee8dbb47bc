# file: shop/models.py
from datetime import timedelta
from django.db import models
from django.utils import timezone

class ApiToken(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    token = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

class AccessToken(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    token = models.CharField(max_length=64)
    created = models.DateTimeField(auto_now_add=True)

    def is_fresh(self):
        return self.created + timedelta(days=1) > timezone.now()

class DeviceToken(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    token = models.CharField(max_length=64)

class Setting(models.Model):
    owner = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    key = models.CharField(max_length=64)
