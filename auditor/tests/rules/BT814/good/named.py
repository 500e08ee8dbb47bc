# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('members/', views.Members.as_view()),
    path('more/', views.more),
    path('new/', views.New.as_view()),
]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):
    town = models.CharField(max_length=20)
    role = models.CharField(max_length=9, choices=[("admin", "Admin"), ("buyer", "Buyer")])
# file: shop/views.py
from rest_framework import generics, serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response
from shop.models import Member


class MemberSerializer(serializers.ModelSerializer):
    class Meta:
        model = Member
        exclude = ["password"]


class NewMember(serializers.ModelSerializer):
    class Meta:
        model = Member
        fields = "__all__"
        extra_kwargs = {"password": {"write_only": True}}


class Members(generics.ListAPIView):
    queryset = Member.objects.all()
    serializer_class = MemberSerializer


class New(generics.CreateAPIView):
    serializer_class = NewMember


@api_view(["GET"])
def more(request):
    return Response(list(Member.objects.values("id", "town")))
