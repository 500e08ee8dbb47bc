# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('members/', views.Members.as_view()),
]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):
    town = models.CharField(max_length=20)
    role = models.CharField(max_length=9, choices=[("admin", "Admin"), ("buyer", "Buyer")])
# file: shop/views.py
from rest_framework import generics, serializers
from shop.models import Member


class MemberSerializer(serializers.ModelSerializer):
    class Meta:
        model = Member
        fields = "__all__"  # <- BT814


class Members(generics.ListAPIView):
    queryset = Member.objects.all()
    serializer_class = MemberSerializer
