# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('sign-up/', views.sign_up),
]
# file: shop/views.py
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.http import HttpResponse


def sign_up(request):
    word = request.POST["password"]
    User.objects.create_user(request.POST["name"], request.POST["mail"], word)
    send_mail("Welcome", f"Your password is {word}", None, [request.POST["mail"]])  # <- BT719
    return HttpResponse()
