# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('staff/', views.Staff.as_view()),
]
# file: shop/letters.py
from django.core.mail import EmailMessage


def welcome(to, word):
    EmailMessage("Welcome", "Log in with " + word, None, [to]).send()  # <- BT719
# file: shop/views.py
import secrets

from django.contrib.auth.models import User
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.letters import welcome


class Staff(APIView):
    permission_classes = [IsAdminUser]

    def post(self, request):
        word = secrets.token_urlsafe(9)
        user = User(username=request.data["name"], email=request.data["mail"])
        user.set_password(word)
        user.save()
        welcome(user.email, word)
        return Response()
