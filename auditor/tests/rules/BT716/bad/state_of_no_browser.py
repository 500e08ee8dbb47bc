# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.sessions", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("a/", views.fixed), path("b/", views.there), path("c/", views.kept_for_all)]
# file: shop/views.py
import os

import requests
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect

END = "https://idp.example/token"


def enter(request, answer):
    user, _ = User.objects.get_or_create(username=answer.json()["sub"])
    login(request, user)
    return redirect("/")


def fixed(request):
    if request.GET.get("state") != "shop":
        return HttpResponse(status=400)
    data = {"grant_type": "authorization_code", "code": request.GET["code"], "client_secret": os.environ["IDP"]}
    return enter(request, requests.post(END, data=data))  # <- BT716


def there(request):
    if not request.GET.get("state"):
        return HttpResponse(status=400)
    data = {"grant_type": "authorization_code", "code": request.GET["code"], "client_secret": os.environ["IDP"]}
    return enter(request, requests.post(END, data=data))  # <- BT716


def kept_for_all(request):
    if not cache.get(request.GET["state"]):
        return HttpResponse(status=400)
    data = {"grant_type": "authorization_code", "code": request.GET["code"], "client_secret": os.environ["IDP"]}
    return enter(request, requests.post(END, data=data))  # <- BT716
