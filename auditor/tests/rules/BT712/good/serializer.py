# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("a/", views.Hashed.as_view()),
    path("b/", views.ByView.as_view()),
    path("c/", views.Servers.as_view()),
    path("d/", views.ByModel.as_view()),
    path("e/", views.ReadOnly.as_view()),
]
# file: shop/models.py
from django.contrib.auth.hashers import make_password
from django.db import models


class Server(models.Model):
    login = models.CharField(max_length=20)
    password = models.CharField(max_length=20)


class Member(models.Model):
    password = models.CharField(max_length=128)

    def save(self, *args, **kwargs):
        self.password = make_password(self.password)
        super().save(*args, **kwargs)
# file: shop/serializers.py
from django.contrib.auth.models import User
from rest_framework import serializers
from shop.models import Member, Server


class HashedSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "password"]

    def create(self, validated_data):
        return User.objects.create_user(**validated_data)


class PlainSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "password"]


class ReadOnlySerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "password"]
        read_only_fields = ["password"]


class ServerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Server
        fields = "__all__"


class MemberSerializer(serializers.ModelSerializer):
    class Meta:
        model = Member
        fields = "__all__"
# file: shop/views.py
from django.contrib.auth.hashers import make_password
from rest_framework.generics import CreateAPIView
from shop import serializers


class Hashed(CreateAPIView):
    serializer_class = serializers.HashedSerializer


class ByView(CreateAPIView):
    serializer_class = serializers.PlainSerializer

    def perform_create(self, serializer):
        serializer.save(password=make_password(self.request.data["password"]))


class Servers(CreateAPIView):
    serializer_class = serializers.ServerSerializer


class ByModel(CreateAPIView):
    serializer_class = serializers.MemberSerializer


class ReadOnly(CreateAPIView):
    serializer_class = serializers.ReadOnlySerializer
