# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('shipments/', views.Shipped.as_view()),
]
# file: shop/views.py
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Note
import hmac


class Shipped(APIView):
    permission_classes = [AllowAny]

    def post(self, request):
        if not hmac.compare_digest(request.headers['X-Signature'], self.expected(request)):
            return Response(status=403)
        Note.objects.create(text=request.data['text'])

    def expected(self, request):
        return ''
