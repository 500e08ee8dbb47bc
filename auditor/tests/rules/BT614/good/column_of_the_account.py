# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
AUTH_USER_MODEL = "shop.Account"
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("reset/<str:token>/", views.reset), path("confirm/<str:token>/", views.confirm)]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Account(AbstractUser):
    reset_token = models.CharField(max_length=100)
    verification_token = models.CharField(max_length=100)
    mailed_until = models.DateTimeField()

# file: shop/views.py
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from shop.models import Account


def reset(request, token):
    account = get_object_or_404(Account, reset_token=token)
    if account.mailed_until < timezone.now():
        return HttpResponse(status=400)
    account.set_password(request.POST["password"])
    account.reset_token = ""
    account.save()
    return HttpResponse()


def confirm(request, token):
    account = Account.objects.filter(verification_token=token).first()
    if account.mailed_until < timezone.now():
        return HttpResponse(status=400)
    account.is_active = True
    account.save()
    return HttpResponse()
