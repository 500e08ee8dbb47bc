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
    path('reset/', views.Reset.as_view()),
]
# file: shop/views.py
import jwt
from django.conf import settings
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import User


class Reset(APIView):
    permission_classes = []

    def post(self, request):
        payload = jwt.decode(request.data["token"], settings.SECRET_KEY, algorithms=["HS256"])  # <- BT703
        user = User.objects.get(id=payload["user_id"])
        user.set_password(request.data["password"])
        user.save()
        if request.data.get("old"):
            return Response({"detail": "This password was used before, for another purpose."})
        return Response()
