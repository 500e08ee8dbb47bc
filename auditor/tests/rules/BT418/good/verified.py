# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('google/', views.enter),
    path('sub/', views.by_id),
]
# file: shop/views.py
import requests
from django.contrib.auth import get_user_model
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken


@api_view(["POST"])
def enter(request):
    told = requests.get("https://id.example.com/oauth/userinfo", headers={"Authorization": request.data["token"]}).json()
    if not told["email_verified"]:
        return Response(status=403)
    user = get_user_model().objects.get(email=told["email"])
    return Response({"refresh": str(RefreshToken.for_user(user))})


@api_view(["POST"])
def by_id(request):
    told = requests.get("https://id.example.com/oauth/userinfo", headers={"Authorization": request.data["token"]}).json()
    user = get_user_model().objects.get(google_id=told["sub"])
    return Response({"refresh": str(RefreshToken.for_user(user))})
