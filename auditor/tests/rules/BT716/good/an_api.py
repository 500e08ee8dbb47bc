# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("back/", views.back), path("proof/", views.proof), path("coupon/", views.coupon)]
# file: shop/views.py
import requests
from django.core import signing
from rest_framework.decorators import api_view
from rest_framework.response import Response

URL = "https://id.example.com/token"


@api_view(["POST"])
def back(request):
    signing.loads(request.data["state"], max_age=600)
    requests.post(URL, data={"code": request.data["code"], "grant_type": "authorization_code"})
    return Response({})


@api_view(["POST"])
def proof(request):
    sent = {"code": request.data["code"], "code_verifier": request.session.pop("verifier")}
    requests.post(URL, data={**sent, "grant_type": "authorization_code"})
    return Response({})


@api_view(["POST"])
def coupon(request):
    requests.post("https://shop.example.com/coupon", data={"code": request.data["code"]})
    return Response({})
