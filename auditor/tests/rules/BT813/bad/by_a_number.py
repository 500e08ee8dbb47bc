# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from shop import views

router = DefaultRouter()
router.register("message", views.Messages, basename="message")
urlpatterns = [
    path("register/", views.register),
    path("mine/", views.mine),
    path("wallet/<int:number>/", views.wallet),
    path("activate/<int:number>/", views.activate),
    path("drop/", views.drop),
    path("api/", include(router.urls)),
]
# file: shop/models.py
from django.db import models


class Wallet(models.Model):
    user = models.OneToOneField("auth.User", models.CASCADE)
    active = models.BooleanField()


class Message(models.Model):
    username = models.CharField()
    text = models.TextField()
# file: shop/views.py
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import render
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from shop.models import Message, Wallet


def register(request):
    User.objects.create_user(request.POST["name"], password=request.POST["password"])
    return HttpResponse()


@login_required
def mine(request):
    return render(request, "wallet.html", {"wallet": Wallet.objects.get(user=request.user)})


@login_required
def wallet(request, number):  # <- BT813
    return render(request, "wallet.html", {"wallet": Wallet.objects.get(id=number)})


@login_required
def activate(request, number):  # <- BT813
    person = User.objects.get(id=number)
    messages.success(request, "Changed " + person.user.username)
    if request.method == "POST":
        person.wallet.active = True
        person.wallet.save()
    return HttpResponse()


@login_required
def drop(request):  # <- BT813
    Wallet.objects.filter(id__in=request.POST.getlist("chosen")).delete()
    return HttpResponse()


class Told(serializers.ModelSerializer):
    class Meta:
        model = Message
        fields = ["id", "text"]


class Messages(viewsets.ModelViewSet):  # <- BT813
    permission_classes = [IsAuthenticated]
    serializer_class = Told

    def get_queryset(self):
        return Message.objects.all()

    def create(self, request, *args, **kwargs):
        Message.objects.create(text=request.data["text"], username=request.user.username)
        return Response({})
