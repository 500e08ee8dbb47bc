# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {
    'DEFAULT_THROTTLE_RATES': {'login': '5/min'},
}
# file: shop/views.py
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView


class Login(APIView):
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = 'login'
