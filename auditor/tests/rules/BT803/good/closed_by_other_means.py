# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('notes/', views.Notes.as_view()),
]
# file: shop/views.py
from rest_framework.decorators import permission_classes
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.views import APIView


class Notes(APIView):
    @permission_classes([IsAuthenticated])
    def get(self, request):
        return None

    @permission_classes([AllowAny])
    def post(self, request):
        return None
