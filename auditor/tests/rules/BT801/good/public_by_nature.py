# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('login/', views.Login.as_view()),
    path('health/', views.health),
]
# file: shop/views.py
from rest_framework.decorators import api_view
from rest_framework.views import APIView


class Login(APIView):
    def post(self, request):
        return None


@api_view(['GET'])
def health(request):
    return None
