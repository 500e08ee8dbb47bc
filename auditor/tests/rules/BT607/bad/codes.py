# file: shop/models.py
from django.db import models

class PhoneOTP(models.Model):
    phone = models.CharField(max_length=15, unique=True)
    otp = models.CharField(max_length=9)  # <- BT607
    count = models.IntegerField(default=0)

class PasswordReset(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    token = models.CharField(max_length=255)  # <- BT607

class EmailConfirmation(models.Model):
    email = models.EmailField()
    code = models.PositiveIntegerField()  # <- BT607
