# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.sessions", "rest_framework", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("login/", views.Login.as_view()),
    path("a/", views.Notes.as_view()),
    path("b/", views.Others.as_view()),
    path("c/", views.Own.as_view()),
]
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Note(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
# file: shop/views.py
import os

import jwt
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Note


class Free(SessionAuthentication):  # <- BT818
    def enforce_csrf(self, request):
        return


class ByCookie(BaseAuthentication):  # <- BT818
    def authenticate(self, request):
        raw = request.COOKIES.get("access")
        if not raw:
            return None
        payload = jwt.decode(raw, os.environ["JWT_KEY"], algorithms=["HS256"])
        return User.objects.get(pk=payload["sub"]), None


class Login(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request):
        user = authenticate(request, username=request.data["name"], password=request.data["password"])
        answer = Response({})
        token = jwt.encode({"sub": str(user.pk)}, os.environ["JWT_KEY"], algorithm="HS256")
        answer.set_cookie("access", token, httponly=True, secure=True)
        return answer


class Notes(APIView):
    authentication_classes = [Free]
    permission_classes = [IsAuthenticated]

    def post(self, request):
        Note.objects.create(user=request.user)
        return Response({})


class Others(APIView):
    authentication_classes = [ByCookie]
    permission_classes = [IsAuthenticated]

    def post(self, request):
        Note.objects.create(user=request.user)
        return Response({})


class Own(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request):  # <- BT818
        user_id = request.session.get("user_id")
        if not user_id:
            return Response(status=401)
        Note.objects.create(user_id=user_id)
        return Response({})
