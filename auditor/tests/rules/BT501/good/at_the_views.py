# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('token/', views.Login.as_view()),
]
# file: shop/views.py
from rest_framework.throttling import AnonRateThrottle
from rest_framework_simplejwt.views import TokenObtainPairView


class Five(AnonRateThrottle):
    rate = '5/min'


class Login(TokenObtainPairView):
    throttle_classes = [Five]
