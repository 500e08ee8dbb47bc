# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
AUTH_USER_MODEL = "shop.User"
# file: shop/models.py
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    email = models.EmailField(unique=True)


class Note(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    text = models.TextField()
# file: shop/serializers.py
import re

from django.contrib.auth import get_user_model
from rest_framework import serializers


class Register(serializers.Serializer):
    email = serializers.EmailField()
    password = serializers.CharField()

    def validate(self, attrs):
        password = attrs["password"]
        if len(password) < 10 or not re.findall(r"[A-Z]", password) or not re.findall(r"[0-9]", password):
            raise serializers.ValidationError("weak")
        return attrs

    def create(self, validated_data):
        user = get_user_model()(email=validated_data["email"])
        user.set_password(validated_data["password"])
        user.save()
        return user
