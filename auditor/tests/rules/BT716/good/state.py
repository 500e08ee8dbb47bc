# file: shop/settings.py
INSTALLED_APPS = []
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("back/", views.back)]
# file: shop/views.py
import requests
from django.http import HttpResponse


def back(request):
    if request.GET["state"] != request.session.pop("state"):
        return HttpResponse(status=400)
    requests.post("https://id.example.com/token", data={"code": request.GET["code"]})
    return HttpResponse()
