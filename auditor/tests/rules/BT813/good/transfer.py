# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "rest_framework", "shop"]
ROOT_URLCONF = "shop.urls"
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Wallet(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="wallet")
    balance = models.DecimalField()

    def pay(self, amount):
        self.balance -= amount
        self.save()


class Transfer(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    sender = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    amount = models.DecimalField()
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Transfer, Wallet


@api_view(["POST"])
@permission_classes([AllowAny])
def register(request):
    User.objects.create_user(request.data["username"], password=request.data["password"])
    return Response({})


@api_view(["POST"])
def by_attribute(request):
    mine = request.user.wallet
    theirs = Wallet.objects.get(user__username=request.data["username"])
    mine.balance -= int(request.data["amount"])
    mine.save()
    theirs.balance += int(request.data["amount"])
    theirs.save()
    return Response({})


@login_required
def by_expression(request):
    theirs = get_object_or_404(Wallet, user_id=request.POST["user"])
    Wallet.objects.filter(pk=request.user.wallet.pk).update(balance=F("balance") - int(request.POST["amount"]))
    theirs.balance = theirs.balance + int(request.POST["amount"])
    theirs.save()
    return HttpResponse()


class ByHelper(APIView):
    def post(self, request):
        theirs = Wallet.objects.get(user__username=request.data["username"])
        move(request.user.wallet, theirs, int(request.data["amount"]))
        return Response({})


def move(sender, receiver, amount):
    sender.balance -= amount
    sender.save()
    receiver.balance += amount
    receiver.save()


class ByMethod(APIView):
    def post(self, request):
        theirs = Wallet.objects.get(user__username=request.data["username"])
        request.user.wallet.pay(int(request.data["amount"]))
        theirs.balance += int(request.data["amount"])
        theirs.save()
        return Response({})


@api_view(["POST"])
def gift(request):
    receiver = User.objects.get(username=request.data["username"])
    Transfer.objects.create(user=receiver, sender=request.user, amount=request.data["amount"])
    return Response({})
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("register/", views.register),
    path("attribute/", views.by_attribute),
    path("expression/", views.by_expression),
    path("helper/", views.ByHelper.as_view()),
    path("method/", views.ByMethod.as_view()),
    path("gift/", views.gift),
]
