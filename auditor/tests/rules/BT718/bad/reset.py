# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('second/', views.second),
    path('reset/<str:code>/', views.reset),
]
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Way(models.Model):
    code = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
# file: shop/views.py
import pyotp
from django.contrib.auth import authenticate, login
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from shop.models import Way


def second(request):
    user = User.objects.get(pk=request.session["half"])
    if pyotp.TOTP(user.profile.otp_secret).verify(request.POST["otp"]):
        login(request, user)
    return HttpResponse()


def reset(request, code):
    way = Way.objects.get(code=code)
    way.user.set_password(request.POST["password"])
    way.user.save()
    login(request, way.user)  # <- BT718
    return redirect("/")
