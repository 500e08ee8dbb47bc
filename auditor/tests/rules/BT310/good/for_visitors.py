# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.sessions", "shop"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "shop.urls"
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Order(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    text = models.TextField()
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("", views.home),
    path("a/", views.early),
    path("b/", views.branch),
    path("c/", views.other_branch),
    path("d/", views.chosen),
]
# file: shop/views.py
from django.core.cache import cache
from django.shortcuts import render
from shop.models import Order


def home(request):
    user = request.user
    if not user.is_authenticated:
        return _for_visitors(request)
    return render(request, "mine.html", {"orders": Order.objects.filter(user=user)})


def _for_visitors(request):
    found = Order.objects.filter(user=request.user)
    cache.set("front", found, 300)
    return render(request, "front.html", {"orders": found})


def early(request):
    if request.user.is_authenticated:
        return render(request, "mine.html")
    cache.set("early", Order.objects.filter(user=request.user), 300)
    return render(request, "front.html")


def branch(request):
    if request.user.is_anonymous and request.method == "GET":
        cache.set("branch", Order.objects.filter(user=request.user), 300)
    return render(request, "front.html")


def other_branch(request):
    if request.user.is_authenticated or request.GET.get("fresh"):
        pass
    else:
        cache.set("other", Order.objects.filter(user=request.user), 300)
    return render(request, "front.html")


def chosen(request):
    return render(request, "mine.html") if request.user.is_authenticated else _for_visitors(request)
