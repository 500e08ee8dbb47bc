# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('join/<str:word>/', views.join),
]
# file: shop/models.py
import base64
import os

from django.contrib.auth.models import User
from django.db import models


def fresh():
    return base64.b32encode(os.urandom(5)).decode()  # <- BT105


class Way(models.Model):
    word = models.CharField(max_length=20, default=fresh)
    member = models.ForeignKey(User, on_delete=models.CASCADE)
# file: shop/views.py
from django.http import HttpResponse
from shop.models import Way


def join(request, word):
    way = Way.objects.filter(word=word).first()
    way.member.set_password(request.POST["password"])
    way.member.save()
    return HttpResponse()
