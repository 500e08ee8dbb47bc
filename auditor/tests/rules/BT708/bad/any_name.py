# file: shop/settings.py
INSTALLED_APPS = []
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("go/<str:word>/", views.go)]
# file: shop/models.py
from django.db import models


class Invitee(models.Model):
    access_token = models.CharField()
    user = models.ForeignKey("auth.User", models.CASCADE)
# file: shop/views.py
from django.contrib.auth import login
from django.http import HttpResponse
from shop.models import Invitee


def go(request, word):
    found = Invitee.objects.get(access_token=word)
    login(request, found.user)  # <- BT708
    return HttpResponse()
