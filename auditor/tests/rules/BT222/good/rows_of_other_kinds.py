# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("a/", views.begin), path("b/", views.ring)]
# file: shop/models.py
from django.db import models


class TwoFactorCode(models.Model):
    user = models.ForeignKey("auth.User", models.CASCADE)
    code = models.CharField()


class Coupon(models.Model):
    code = models.CharField()
# file: shop/views.py
import logging
import uuid

from rest_framework.decorators import api_view
from rest_framework.response import Response
from shop.models import Coupon, TwoFactorCode


@api_view(["POST"])
def begin(request):
    held = TwoFactorCode.objects.create(user=request.user)
    logging.info(f"code {held.pk} was sent")
    print("coupon", Coupon.objects.first().code)
    return Response({})


@api_view(["POST"])
def ring(request):
    number = uuid.uuid4()
    logging.info(f"request {number} came in")
    return Response({})
