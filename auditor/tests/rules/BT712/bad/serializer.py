# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop.views import Join, Members

urlpatterns = [path("join/", Join.as_view()), path("members/", Members.as_view())]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    phone = models.CharField(max_length=20)


class Member(models.Model):
    name = models.CharField(max_length=20)
    password = models.CharField(max_length=20)
# file: shop/serializers.py
from rest_framework import serializers
from shop.models import Member, Person


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = Person
        fields = ["username", "password"]  # <- BT712
        extra_kwargs = {"password": {"write_only": True}}


class MemberSerializer(serializers.ModelSerializer):
    class Meta:
        model = Member
        fields = "__all__"  # <- BT712
# file: shop/views.py
from rest_framework.generics import CreateAPIView, ListCreateAPIView
from shop.serializers import MemberSerializer, PersonSerializer


class Join(CreateAPIView):
    serializer_class = PersonSerializer


class Members(ListCreateAPIView):
    serializer_class = MemberSerializer
