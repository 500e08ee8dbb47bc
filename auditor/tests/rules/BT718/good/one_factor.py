# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('reset/<str:code>/', views.reset),
]
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Way(models.Model):
    code = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
# file: shop/views.py
from django.contrib.auth import login
from django.shortcuts import redirect
from shop.models import Way


def reset(request, code):
    way = Way.objects.get(code=code)
    way.user.set_password(request.POST["password"])
    way.user.save()
    login(request, way.user)
    return redirect("/")
