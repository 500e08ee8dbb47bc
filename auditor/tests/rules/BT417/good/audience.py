# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('google/', views.enter),
    path('code/', views.traded),
]
# file: shop/views.py
import requests
from django.contrib.auth import get_user_model
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken


@api_view(["POST"])
def enter(request):
    token = request.data["access_token"]
    told = requests.get("https://oauth2.googleapis.com/tokeninfo", params={"access_token": token}).json()
    if told["aud"] != "our-client-id":
        return Response(status=403)
    answer = requests.get(
        "https://www.googleapis.com/oauth2/v3/userinfo", headers={"Authorization": f"Bearer {token}"}
    )
    user = get_user_model().objects.get(google_id=answer.json()["sub"])
    return Response({"refresh": str(RefreshToken.for_user(user))})


@api_view(["POST"])
def traded(request):
    given = requests.post("https://id.example.com/token", data={"code": request.data["code"], "client_id": "ours"})
    answer = requests.get("https://id.example.com/userinfo", headers={"Authorization": given.json()["id"]})
    user = get_user_model().objects.get(google_id=answer.json()["sub"])
    return Response({"refresh": str(RefreshToken.for_user(user))})
