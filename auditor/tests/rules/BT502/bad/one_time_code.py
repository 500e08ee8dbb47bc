# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('verify-otp/', views.verify_otp),
]
# file: shop/views.py
from django.contrib.auth import authenticate, login
from django.core.cache import cache
from django.http import JsonResponse
from shop.models import Code


def verify_otp(request):  # <- BT502
    found = Code.objects.filter(email=request.POST['email'], otp=request.POST['otp']).exists()
    return JsonResponse({'ok': found})
