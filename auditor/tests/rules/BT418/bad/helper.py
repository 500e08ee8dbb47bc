# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('github/', views.enter),
]
# file: shop/people.py
import requests
from django.contrib.auth.models import User


def by_address(word):
    told = requests.get("https://api.github.com/user", headers={"Authorization": f"token {word}"}).json()
    user, _ = User.objects.get_or_create(email=told["email"], defaults={"username": told["login"]})  # <- BT418
    return user
# file: shop/views.py
from django.contrib.auth import login
from django.http import HttpResponse
from shop.people import by_address


def enter(request):
    login(request, by_address(request.POST["token"]))
    return HttpResponse()
