# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('confirm/<int:pk>/', views.confirm),
]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):
    confirm = models.PositiveIntegerField(null=True)  # <- BT607
    height = models.PositiveIntegerField(null=True)
# file: shop/views.py
from django.contrib.auth import login
from django.shortcuts import redirect
from shop.models import Member


def confirm(request, pk):
    member = Member.objects.get(pk=pk)
    if member.confirm == int(request.POST["confirmation_code"]):
        login(request, member)
    return redirect("/")
