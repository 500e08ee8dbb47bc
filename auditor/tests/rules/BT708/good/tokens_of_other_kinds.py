# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("a/", views.forgot), path("b/", views.enter), path("c/", views.again), path("d/", views.told)]
# file: shop/views.py
import jwt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken


@api_view(["POST"])
def forgot(request):
    user = User.objects.get(email=request.data["email"])
    send_mail("Reset", default_token_generator.make_token(user), None, [user.email])
    return Response({})


def signed(user, purpose):
    return jwt.encode({"sub": user.pk, "purpose": purpose, "exp": 1}, settings.JWT_KEY, algorithm="HS256")


@api_view(["POST"])
def enter(request):
    user = authenticate(username=request.data["name"], password=request.data["password"])
    return Response({"access": signed(user, "access")})


@api_view(["POST"])
def again(request):
    user = User.objects.get(email=request.data["email"])
    send_mail("Confirm", "https://shop.example.com/confirm/" + signed(user, "confirm"), None, [user.email])
    return Response({})


@api_view(["POST"])
def told(request):
    user = authenticate(username=request.data["name"], password=request.data["password"])
    send_mail("New login", "Somebody logged in.", None, [user.email])
    return Response({"access": str(RefreshToken.for_user(user).access_token)})
