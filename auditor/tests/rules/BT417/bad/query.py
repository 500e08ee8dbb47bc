# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('facebook/', views.Enter.as_view()),
]
# file: shop/people.py
import requests


def person(word):
    return requests.get("https://graph.facebook.com/me", params={"access_token": word, "fields": "id"}).json()  # <- BT417
# file: shop/views.py
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.views import View
from shop.people import person


class Enter(View):
    def post(self, request):
        told = person(request.POST["token"])
        login(request, User.objects.get(username=told["id"]))
        return HttpResponse()
