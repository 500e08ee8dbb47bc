# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('me/', views.Me.as_view()),
    path('theirs/', views.theirs),
    path('them/', views.Them.as_view()),
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
        fields = ["town", "email", "role"]
        read_only_fields = ["role"]


class Full(serializers.ModelSerializer):
    class Meta:
        model = Member
        fields = "__all__"


class Me(APIView):
    permission_classes = [IsAuthenticated]

    def put(self, request):
        mine = MemberSerializer(request.user, data=request.data, partial=True)
        mine.is_valid(raise_exception=True)
        mine.save()
        return Response(mine.data)


class Them(APIView):
    permission_classes = [IsAdminUser]

    def put(self, request):
        theirs = Full(data=request.data)
        theirs.is_valid(raise_exception=True)
        theirs.save()
        return Response(theirs.data)


from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import redirect


class Theirs(forms.ModelForm):
    class Meta:
        model = Member
        fields = ["role"]


@login_required
@permission_required("shop.change_member")
def theirs(request):
    form = Theirs(request.POST)
    if form.is_valid():
        form.save()
    return redirect("/")
