# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('notes/', views.Notes.as_view()),
]
# file: shop/views.py
from rest_framework.decorators import permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView


class Notes(APIView):
    @permission_classes([IsAuthenticated])  # <- BT803
    def get(self, request):
        return None
