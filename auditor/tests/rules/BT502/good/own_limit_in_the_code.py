# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('login/', views.enter),
    path('login/totp/', views.second_step),
]
# file: shop/views.py
from django.contrib.auth import authenticate, login
from django.core.cache import cache
from django.http import JsonResponse


def enter(request):
    if too_many(request):
        return JsonResponse({}, status=400)
    return JsonResponse({'ok': authenticate(username=request.POST['u'], password=request.POST['p']) is not None})


def too_many(request):
    attempts = cache.get_or_set(request.POST['u'], 0, 60)
    cache.incr(request.POST['u'])
    return attempts > 5


def second_step(request):
    if not TokenBucket.authorize_totp_attempt(request.session['user']):
        return JsonResponse({}, status=400)
    return JsonResponse({'ok': authenticate(code=request.POST['code']) is not None})
