# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('mfa/verify-otp/', views.verify_otp),
]
# file: shop/views.py
from django.contrib.auth import authenticate, login
from django.core.cache import cache
from django.http import JsonResponse
from django.contrib.auth.decorators import login_required
from shop.models import Code


@login_required
def verify_otp(request):
    return JsonResponse({'ok': Code.objects.filter(user=request.user, otp=request.POST['otp']).exists()})
