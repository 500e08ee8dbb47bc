# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "rest_framework", "shop"]
ROOT_URLCONF = "shop.urls"
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
# file: shop/models.py
from django.conf import settings
from django.db import models
from shop.callers import get_current_user


class Made(models.Model):
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        self.text = self.text.strip()
        super().save(*args, **kwargs)


class Asset(Made):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True)
    text = models.TextField()


class Wallet(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    balance = models.DecimalField()
# file: shop/views.py
from django.contrib.auth.models import User
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Asset, Wallet


class AssetSerializer(serializers.ModelSerializer):
    class Meta:
        model = Asset
        fields = "__all__"
        read_only_fields = ["created_by"]


@api_view(["POST"])
@permission_classes([AllowAny])
def register(request):
    User.objects.create_user(request.data["username"], password=request.data["password"])
    return Response({})


class Assets(APIView):
    def post(self, request):  # <- BT813
        form = AssetSerializer(data=request.data)
        if form.is_valid():
            form.save()
        return Response(form.data)


@api_view(["POST"])
def deposit(request):  # <- BT813
    theirs = Wallet.objects.get(user__username=request.data["username"])
    known = request.user.wallet.entries.filter(text=request.data["text"]).exists()
    theirs.balance += int(request.data["amount"])
    theirs.save()
    return Response({"known": known})
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("register/", views.register),
    path("assets/", views.Assets.as_view()),
    path("deposit/", views.deposit),
]
