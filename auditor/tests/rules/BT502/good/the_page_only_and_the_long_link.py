# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('login/', views.page),
    path('reset/<uidb64>/<token>/', views.confirm),
]
# file: shop/views.py
from django.contrib.auth import authenticate, login
from django.core.cache import cache
from django.http import JsonResponse
from django.shortcuts import render


def page(request):
    return render(request, 'login.html')


def confirm(request, uidb64, token):
    default_token_generator.check_token(uidb64, token)
