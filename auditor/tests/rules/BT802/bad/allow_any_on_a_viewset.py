# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import include, path
from shop import views
from rest_framework.routers import DefaultRouter

router = DefaultRouter()
router.register('orders', views.Orders)

urlpatterns = [
    path('api/', include(router.urls)),
]
# file: shop/views.py
from rest_framework.permissions import *
from rest_framework.viewsets import ModelViewSet


class Orders(ModelViewSet):
    permission_classes = (AllowAny,)  # <- BT802
