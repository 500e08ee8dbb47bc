# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
AUTH_USER_MODEL = "shop.User"
# file: shop/models.py
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    email = models.EmailField(unique=True)


class Note(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    text = models.TextField()
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('google/', views.google),
    path('quick/', views.quick),
]
# file: shop/views.py
from django.contrib.auth import authenticate, get_user_model, login
from django.http import JsonResponse
from django.shortcuts import redirect
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken

User = get_user_model()


@api_view(["POST"])
def google(request):
    user = authenticate(request, username=request.data["email"], password=request.data["password"])
    if user is None:
        return Response(status=401)
    return Response({"access": str(RefreshToken.for_user(user).access_token)})


def quick(request):
    user = User.objects.get(username=request.POST["username"])
    if not user.check_password(request.POST["password"]):
        return redirect("/login/")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("/")
