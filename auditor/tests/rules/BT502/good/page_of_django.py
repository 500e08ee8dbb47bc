# file: shop/settings.py
INSTALLED_APPS = ["axes"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.contrib.auth.views import LoginView
from django.urls import path
from shop import views

urlpatterns = [path("in/", LoginView.as_view()), path("password-reset-complete/", views.password_reset_complete)]
# file: shop/views.py
from django.core.mail import EmailMessage
from django.shortcuts import render


def password_reset_complete(request):
    if request.user.is_authenticated:
        EmailMessage("Changed", "Your password is another one.", to=[request.user.email]).send()
    return render(request, "complete.html")
