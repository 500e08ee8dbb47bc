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
    path('forgot/', views.forgot),
]
# file: shop/views.py
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from rest_framework.decorators import api_view
from rest_framework.response import Response

User = get_user_model()


@api_view(["POST"])
def forgot(request):
    email = request.data["email"]
    if User.objects.filter(email=email).exists():
        send_mail("Reset", "link", "shop@example.com", [email])
        return Response({"message": "sent"})
    else:
        return Response({"error": "no such account"}, status=404)  # <- BT507
