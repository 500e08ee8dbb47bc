# file: shop/settings.py
INSTALLED_APPS = []
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("in/", views.enter)]
# file: shop/models.py
import secrets

from django.db import models


class Member(models.Model):
    digest = models.CharField()
    api_token = models.CharField(default=secrets.token_hex)
# file: shop/views.py
from django.contrib.auth.hashers import check_password
from django.http import HttpResponse, JsonResponse
from shop.models import Member


def enter(request):
    member = Member.objects.get(name=request.POST["name"])
    if not check_password(request.POST["password"], member.digest):
        return HttpResponse(status=401)
    return JsonResponse({"token": member.api_token})  # <- BT610
