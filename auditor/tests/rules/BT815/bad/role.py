# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('me/', views.change),
]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):
    town = models.CharField(max_length=20)
    role = models.CharField(max_length=9, choices=[("admin", "Admin"), ("buyer", "Buyer")])
# file: shop/views.py
from django import forms
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from shop.models import Member


class Mine(forms.ModelForm):
    class Meta:
        model = Member
        fields = ["town", "role"]


@login_required
def change(request):
    form = Mine(request.POST, instance=request.user)
    if form.is_valid():
        form.save()  # <- BT815
    return redirect("/")
