# file: shop/settings.py
INSTALLED_APPS = []
ROOT_URLCONF = "shop.urls"
YEAR = 60 * 60 * 24 * 365
SESSION_COOKIE_AGE = 2 * YEAR  # <- BT613
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("a/", views.enter)]
# file: shop/views.py
import secrets
from datetime import timedelta

from django.http import HttpResponse

YEAR = 60 * 60 * 24 * 365


def enter(request):
    answer = HttpResponse()
    answer.set_cookie("access_token", request.user.token, max_age=YEAR)  # <- BT613
    answer.set_cookie("k", secrets.token_hex(), max_age=YEAR)  # <- BT613
    answer.set_cookie("remember_me", "x", max_age=timedelta(days=400))  # <- BT613
    return answer
