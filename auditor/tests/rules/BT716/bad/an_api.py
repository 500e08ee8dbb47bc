# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("back/", views.Back.as_view()), path("form/", views.form)]
# file: shop/views.py
import httpx
import requests
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView


class Given(serializers.Serializer):
    code = serializers.CharField()


async def traded(code):
    async with httpx.AsyncClient() as client:
        return await client.post(  # <- BT716
            "https://id.example.com/token", data={"code": code, "grant_type": "authorization_code"}
        )


class Back(APIView):
    async def post(self, request):
        given = Given(data=request.data)
        given.is_valid(raise_exception=True)
        answer = await traded(given.validated_data["code"])
        login(request, User.objects.get(email=answer["email"]))
        return Response({})


def form(request):
    body = {"grant_type": "authorization_code", "code": request.POST["code"]}
    answer = requests.post("https://id.example.com/token", data=body)  # <- BT716
    login(request, User.objects.get(email=answer.json()["email"]))
    return HttpResponse()
