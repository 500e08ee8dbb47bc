# file: shop/settings.py
INSTALLED_APPS = []
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("back/", views.back)]
# file: shop/views.py
import requests
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpResponse


def traded(code):
    return requests.post("https://id.example.com/token", data={"code": code, "grant_type": "authorization_code"})  # <- BT716


def back(request):
    answer = traded(request.GET["code"]).json()
    login(request, User.objects.get(email=answer["email"]))
    return HttpResponse()
