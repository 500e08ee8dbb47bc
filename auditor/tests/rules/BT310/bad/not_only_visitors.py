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
    path("d/", views.goes_on),
    path("e/", views.by_both),
    path("f/", views.front),
]
# file: shop/views.py
from django.core.cache import cache
from django.shortcuts import redirect, render
from shop.models import Order


def home(request):
    if not request.user.is_authenticated:
        return redirect("login")
    return _mine(request)


def _mine(request):
    found = Order.objects.filter(user=request.user)
    cache.set("front", found, 300)  # <- BT310
    return render(request, "front.html", {"orders": found})


def early(request):
    if request.user.is_anonymous:
        return redirect("login")
    cache.set("early", Order.objects.filter(user=request.user), 300)  # <- BT310
    return render(request, "front.html")


def branch(request):
    if request.user.is_anonymous or request.method == "GET":
        cache.set("branch", Order.objects.filter(user=request.user), 300)  # <- BT310
    return render(request, "front.html")


def other_branch(request):
    if request.user.is_authenticated and not request.GET.get("fresh"):
        pass
    else:
        cache.set("other", Order.objects.filter(user=request.user), 300)  # <- BT310
    return render(request, "front.html")


def goes_on(request):
    if request.user.is_authenticated:
        request.session["seen"] = 1
    cache.set("on", Order.objects.filter(user=request.user), 300)  # <- BT310
    return render(request, "front.html")


def by_both(request):
    if request.user.is_authenticated:
        return _for_all(request)
    return redirect("login")


def front(request):
    return redirect("login") if request.user.is_authenticated else _for_all(request)


def _for_all(request):
    cache.set("both", Order.objects.filter(user=request.user), 300)  # <- BT310
    return render(request, "front.html")
