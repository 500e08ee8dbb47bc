# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from shop import views
from rest_framework_simplejwt.views import TokenObtainPairView
from django_ratelimit.decorators import ratelimit

urlpatterns = [
    path('token/', ratelimit(key='ip', rate='5/m')(TokenObtainPairView.as_view())),
]
# file: shop/views.py
