# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('back/', views.back),
]
# file: shop/views.py
import requests
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpResponse


def back(request):
    if request.GET["state"] != request.session["state"]:
        return HttpResponse(status=403)
    answer = requests.post("https://id.example.com/token", data={"code": request.GET["code"]})
    if answer.headers["content-type"] == "application/json":
        login(request, User.objects.get(username=answer.json()["sub"]))
    return HttpResponse()
