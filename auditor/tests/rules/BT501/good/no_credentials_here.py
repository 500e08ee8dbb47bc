# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('orders/', views.Orders.as_view()),
    path('tokens/', views.Tokens.as_view()),
]
# file: shop/views.py
from rest_framework.generics import ListCreateAPIView


class Orders(ListCreateAPIView):
    pass


class Tokens(ListCreateAPIView):
    pass
