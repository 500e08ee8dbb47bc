# file: shop/settings.py
INSTALLED_APPS = ['rest_framework', 'knox']
ROOT_URLCONF = 'shop.urls'
REST_FRAMEWORK = {'DEFAULT_AUTHENTICATION_CLASSES': ['knox.auth.TokenAuthentication']}
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('logout/', views.Logout.as_view()), path('logout2/', views.logout)]
# file: shop/views.py
from django.contrib import auth
from knox.views import LogoutView
from rest_framework.decorators import api_view
from rest_framework.response import Response


class Logout(LogoutView):
    def post(self, request, format=None):  # <- BT605
        auth.logout(request)
        return Response({})


@api_view(['POST'])
def logout(request):  # <- BT605
    print("enter logout() and delete() nothing")
    response = Response({"message": "Logout of the session successful"})
    response.delete_cookie("access_token")
    return response
