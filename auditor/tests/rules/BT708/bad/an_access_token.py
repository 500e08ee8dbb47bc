# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("a/", views.forgot),
    path("b/", views.begin),
    path("c/", views.row),
    path("d/", views.enter),
    path("e/", views.again),
]
# file: shop/views.py
import jwt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, send_mail
from rest_framework.authtoken.models import Token
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken


@api_view(["POST"])
def forgot(request):
    user = User.objects.get(email=request.data["email"])
    word = str(RefreshToken.for_user(user).access_token)
    send_mail("Reset", f"https://shop.example.com/reset/{word}/", None, [user.email])  # <- BT708
    return Response({})


def pair(user):
    return str(AccessToken.for_user(user))


@api_view(["POST"])
def begin(request):
    user = User.objects.create_user(request.data["name"], request.data["email"])
    letter = EmailMessage("Welcome", pair(user), None, [user.email])  # <- BT708
    letter.send()
    return Response({})


@api_view(["POST"])
def row(request):
    user = User.objects.get(email=request.data["email"])
    held, made = Token.objects.get_or_create(user=user)
    send_mail("Link", f"https://shop.example.com/in/{held.key}", None, [user.email])  # <- BT708
    return Response({})


def signed(user):
    return jwt.encode({"sub": user.pk, "exp": 1}, settings.JWT_KEY, algorithm="HS256")


@api_view(["POST"])
def enter(request):
    user = authenticate(username=request.data["name"], password=request.data["password"])
    return Response({"access": signed(user)})


@api_view(["POST"])
def again(request):
    user = User.objects.get(email=request.data["email"])
    send_mail("Confirm", "https://shop.example.com/confirm/" + signed(user), None, [user.email])  # <- BT708
    return Response({})
