# file: shop/models.py
import hashlib
import secrets
from django.db import models

class ApiToken(models.Model):
    token = models.CharField(max_length=64)
    token_prefix = models.CharField(max_length=8)

class SocialAccount(models.Model):
    access_token = models.TextField()  # of another service: must be kept to be used

class Setting(models.Model):
    key = models.CharField(max_length=40)

class Invitation(models.Model):
    invite_code = models.CharField(max_length=40)

    def save(self, *args, **kwargs):
        self.invite_code = secrets.token_urlsafe(16)
# file: shop/auth.py
import hashlib
from shop.models import ApiToken, Setting

def find(raw):
    setting = Setting.objects.get(key="theme")
    return ApiToken.objects.get(token=hashlib.sha256(raw.encode()).hexdigest())
