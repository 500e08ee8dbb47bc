# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
AUTH_USER_MODEL = "shop.Person"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('reset/', views.reset),
]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    token = models.CharField(max_length=255)  # <- BT103


class Device(models.Model):
    user = models.ForeignKey(Person, on_delete=models.CASCADE)
    token = models.CharField(max_length=255)
# file: shop/views.py
from django.shortcuts import redirect
from shop.models import Person


def reset(request):
    user = Person.objects.get(token=request.POST["token"])
    user.set_password(request.POST["word"])
    user.token = None
    user.save()
    return redirect("/")
