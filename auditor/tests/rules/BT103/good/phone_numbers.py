# file: shop/models.py
from django.db import models


class Account(models.Model):
    phone_number = models.CharField(max_length=15)


class Token(models.Model):
    token = models.CharField(max_length=8)
# file: shop/auth.py
from shop.models import Account, Token


def login(request):
    return Account.objects.get(phone_number=request.data["phone"])


def reset_login(request):
    return Token.objects.filter(token=request.data["otp"]).first()
