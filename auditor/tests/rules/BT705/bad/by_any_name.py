# file: shop/settings.py
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("new/", views.begin)]
# file: shop/views.py
import secrets

from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.http import HttpResponse


def begin(request):
    user = User.objects.create_user(request.POST["name"], request.POST["email"])
    word = secrets.token_hex(16)
    user.word = word
    user.save()
    host = request.get_host()  # <- BT705
    send_mail("Hello", f"https://{host}/confirm/{word}", None, [user.email])
    return HttpResponse()
