# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('login/', views.enter),
]
# file: shop/views.py
from django.contrib.auth import authenticate, login
from django.core.cache import cache
from django.http import JsonResponse


def enter(request):  # <- BT502
    user = authenticate(username=request.POST['u'], password=request.POST['p'])
    return JsonResponse({'ok': user is not None})
