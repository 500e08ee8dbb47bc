# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("change/", views.change), path("in/", views.enter), path("list/", views.listed)]
# file: shop/views.py
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect


def change(request):
    if not request.user.is_staff:
        return redirect("index")
    if request.user.username != request.POST["name"]:
        raise PermissionDenied
    return HttpResponse()


def enter(request):
    if request.user.is_authenticated:
        redirect("index")
    return HttpResponse()


def listed(request):
    if not request.user.is_authenticated:
        print("a visitor")
    return HttpResponse()
