# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("a/", views.begin), path("b/", views.ring)]
# file: shop/models.py
import secrets

from django.db import models


def digits():
    return str(secrets.randbelow(10**6))


class TwoFactorCode(models.Model):
    user = models.ForeignKey("auth.User", models.CASCADE)
    code = models.CharField(default=digits)
# file: shop/tasks.py
import logging

from celery import shared_task


@shared_task
def text(*, phone, message):
    logging.info(f"Sending to {phone} the OTP: {message}")  # <- BT222
# file: shop/views.py
import secrets

from rest_framework.decorators import api_view
from rest_framework.response import Response
from shop.models import TwoFactorCode
from shop.tasks import text


def made(user):
    held = TwoFactorCode.objects.create(user=user)
    print("-" * 20)
    print(f"Hello {user.first_name}")
    print(f"Type in: {held.code}")  # <- BT222


@api_view(["POST"])
def begin(request):
    made(request.user)
    return Response({})


@api_view(["POST"])
def ring(request):
    number = f"{secrets.randbelow(10**6)}"
    text.delay(phone=request.data["phone"], message=number)
    return Response({})
