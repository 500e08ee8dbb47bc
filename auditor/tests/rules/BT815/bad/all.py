# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('me/', views.Me.as_view()),
]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):
    town = models.CharField(max_length=20)
    role = models.CharField(max_length=9, choices=[("admin", "Admin"), ("buyer", "Buyer")])
# file: shop/views.py
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Member


class MemberSerializer(serializers.ModelSerializer):
    class Meta:
        model = Member
        fields = "__all__"


class Me(APIView):
    permission_classes = [IsAuthenticated]

    def put(self, request):
        mine = MemberSerializer(request.user, data=request.data, partial=True)
        mine.is_valid(raise_exception=True)
        mine.save()  # <- BT815
        return Response(mine.data)
