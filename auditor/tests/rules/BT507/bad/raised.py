# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('login/', views.enter),
]
# file: shop/views.py
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.shortcuts import render


def enter(request):
    try:
        user = User.objects.get(email=request.POST["email"])
        if user.check_password(request.POST["password"]):
            login(request, user)
        else:
            messages.error(request, "The password is wrong.")
    except User.DoesNotExist:
        messages.error(request, "There is no such account.")  # <- BT507
    return render(request, "enter.html")
