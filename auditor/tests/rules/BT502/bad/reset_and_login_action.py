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
router.register('users', views.Users)

urlpatterns = [
    path('password-reset/', views.password_reset),
    path('', include(router.urls)),
]
# file: shop/views.py
from django.contrib.auth import authenticate
from django.core.mail import send_mail
from rest_framework.decorators import action, api_view
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet


@api_view(['POST'])
def password_reset(request):  # <- BT502
    send_mail('reset', 'link', None, [request.data['email']])


class Users(GenericViewSet):
    @action(detail=False, methods=['post'], permission_classes=[AllowAny])
    def login(self, request):  # <- BT502
        return Response(authenticate(**request.data) is not None)
