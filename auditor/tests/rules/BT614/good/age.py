# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('confirm/<str:key>/', views.confirm),
    path('off/<str:key>/', views.shown),
    path('unsubscribe/<str:key>/', views.unsubscribe),
    path('theme/', views.theme),
]
# file: shop/views.py
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render


def confirm(request, key):
    user = User.objects.get(email=signing.loads(key, salt="confirm", max_age=3600))
    user.is_active = True
    user.save()
    return HttpResponse()


def shown(request, key):
    return render(request, "page.html", {"page": signing.loads(key)})


def unsubscribe(request, key):
    user = User.objects.get(email=signing.loads(key))
    user.wants_letters = False
    user.save()
    return HttpResponse()


def theme(request):
    request.user.theme = signing.loads(request.COOKIES["theme"])
    request.user.save()
    return HttpResponse()
