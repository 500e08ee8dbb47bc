# file: shop/settings.py
INSTALLED_APPS = ['rest_framework', 'rest_framework_simplejwt', 'rest_framework_simplejwt.token_blacklist']
ROOT_URLCONF = 'shop.urls'
REST_FRAMEWORK = {
    'DEFAULT_AUTHENTICATION_CLASSES': ['rest_framework_simplejwt.authentication.JWTAuthentication'],
    'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated'],
}
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('logout/', views.Logout.as_view())]
# file: shop/views.py
from django.contrib.auth import logout
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import RefreshToken


class Logout(APIView):
    def post(self, request):
        RefreshToken(request.data['refresh']).blacklist()
        logout(request)
        return Response({})
