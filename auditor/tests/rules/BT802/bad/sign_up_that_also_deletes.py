# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import path
from rest_framework.routers import SimpleRouter
from shop import views

router = SimpleRouter()
router.register('register', views.Registration)
urlpatterns = router.urls
# file: shop/views.py
from rest_framework.permissions import AllowAny
from rest_framework.viewsets import ModelViewSet
from shop.models import Customer


class Registration(ModelViewSet):
    permission_classes = [AllowAny]  # <- BT802
    queryset = Customer.objects.all()
