# file: shop/settings.py
INSTALLED_APPS = ['rest_framework', 'rest_framework_simplejwt']
ROOT_URLCONF = 'shop.urls'
REST_FRAMEWORK = {
    'DEFAULT_AUTHENTICATION_CLASSES': ['rest_framework_simplejwt.authentication.JWTAuthentication'],
    'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated'],
}
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('logout/', views.Logout.as_view()), path('sign-out/', views.leave), path('bye/', views.Bye.as_view())]
# file: shop/views.py
from django.contrib import auth
from django.contrib.auth import logout
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication


class Logout(APIView):
    def post(self, request):  # <- BT605
        auth.logout(request)
        return Response({})


@api_view(['POST'])
def leave(request):  # <- BT605
    logout(request)
    return Response({})


class Bye(APIView):
    authentication_classes = [SessionAuthentication, JWTAuthentication]

    def post(self, request):
        logout(request)
        return Response({})
