# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("a/", views.again), path("b/", views.out), path("c/", views.enter), path("d/", views.who)]
# file: shop/views.py
from django.contrib.auth import authenticate
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken


@api_view(["POST"])
def again(request):
    held = RefreshToken(request.data["refresh"])
    held.blacklist()
    fresh = RefreshToken.for_user(request.user)
    return Response({"access": str(fresh.access_token), "refresh": str(fresh)})


@api_view(["POST"])
def out(request):
    RefreshToken(request.data["refresh"]).blacklist()
    return Response({})


@api_view(["POST"])
def enter(request):
    user = authenticate(username=request.data["name"], password=request.data["password"])
    held = RefreshToken.for_user(user)
    return Response({"access": str(held.access_token), "refresh": str(held)})


@api_view(["POST"])
def who(request):
    return Response({"user": RefreshToken(request.data["refresh"])["user_id"]})
