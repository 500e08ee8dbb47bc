# file: shop/models.py
from datetime import timedelta
from django.db import models
from django.utils import timezone

class PhoneOTP(models.Model):
    phone = models.CharField(max_length=15, unique=True)
    otp = models.CharField(max_length=9)
    valid_until = models.DateTimeField()

class PasswordReset(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    token = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    def old(self):
        return self.created_at + timedelta(hours=1) < timezone.now()

class PromoCode(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    code = models.CharField(max_length=12)

class QRCode(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    code = models.CharField(max_length=12)
