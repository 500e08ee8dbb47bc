# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop.views import Forgot

urlpatterns = [path("forgot/", Forgot.as_view())]
# file: shop/models.py
from django.db import models
from shop.codes import six_digits


class ForgotRecord(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    code = models.CharField(default=six_digits, max_length=6, editable=False)
# file: shop/serializers.py
from rest_framework import serializers
from shop.models import ForgotRecord


class ForgotSerializer(serializers.ModelSerializer):
    user = serializers.CharField(write_only=True)

    class Meta:
        model = ForgotRecord
        fields = ("user", "code")  # <- BT704
# file: shop/views.py
from rest_framework.generics import CreateAPIView
from rest_framework.permissions import AllowAny
from shop.serializers import ForgotSerializer


class Forgot(CreateAPIView):
    permission_classes = [AllowAny]
    serializer_class = ForgotSerializer
