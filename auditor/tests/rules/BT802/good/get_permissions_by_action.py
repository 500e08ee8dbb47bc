# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from shop import views
from rest_framework.routers import DefaultRouter

router = DefaultRouter()
router.register('notes', views.Notes)

urlpatterns = [
    path('api/', include(router.urls)),
]
# file: shop/views.py
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated
from rest_framework.viewsets import ModelViewSet


class Notes(ModelViewSet):
    def get_permissions(self):
        if self.action == 'list':
            permission_classes = [AllowAny]
        elif self.action == 'create':
            permission_classes = [IsAuthenticated]
        else:
            permission_classes = [IsAdminUser]
        return [permission() for permission in permission_classes]
