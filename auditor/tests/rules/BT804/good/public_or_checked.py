# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('login/', views.Login.as_view()),
    path('version/', views.Version.as_view()),
    path('sizes/', views.Sizes.as_view()),
    path('machine/', views.Machine.as_view()),
]
# file: shop/views.py
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Machine as Row


class Login(APIView):
    permission_classes = []

    def post(self, request):
        return Response(Row.objects.count())


class Version(APIView):
    permission_classes = []

    def get(self, request):
        return Response(Row.objects.count())


class Sizes(APIView):
    permission_classes = []

    def get(self, request):
        return Response(['S', 'M', 'L'])


class Machine(APIView):
    permission_classes = []

    def get(self, request):
        return Response(Row.objects.get(api_key=request.headers['X-Api-Key']).as_dict())
