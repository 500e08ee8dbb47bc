# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('login/', views.enter),
    path('forgot/', views.forgot),
    path('sign-up/', views.sign_up),
]
# file: shop/views.py
import logging

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)


def enter(request):
    try:
        user = User.objects.get(email=request.POST["email"])
        if user.check_password(request.POST["password"]):
            login(request, user)
        else:
            messages.error(request, "Address or password is wrong.")
    except User.DoesNotExist:
        logger.info("a login of nobody we know")
        messages.error(request, "Address or password is wrong.")
    return render(request, "enter.html")


def forgot(request):
    user = User.objects.filter(email=request.POST["email"]).first()
    if user is not None:
        user.email_user("Your link", default_token_generator.make_token(user))
    return HttpResponse("A mail is on its way.")


def sign_up(request):
    if User.objects.filter(email=request.POST["email"]).exists():
        return HttpResponse("This address is taken.")
    User.objects.create_user(request.POST["email"], request.POST["email"], request.POST["password"])
    return HttpResponse("Welcome to the shop.")
