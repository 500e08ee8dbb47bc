# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('reset/', views.reset),
]
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Change(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    token = models.CharField(max_length=255)  # <- BT103
# file: shop/views.py
from django.contrib.auth.models import User
from django.shortcuts import redirect
from shop.models import Change


def reset(request):
    user = User.objects.get(email=request.POST["mail"])
    way = Change.objects.get(token=request.POST["token"], user=user)
    user.set_password(request.POST["word"])
    user.save()
    way.delete()
    return redirect("/")
