# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
ROOT_URLCONF = 'shop.urls'
ALLOWED_HOSTS = ['shop.example.com']
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('a/', views.first), path('b/', views.second), path('c/', views.third)]
# file: shop/services.py
import secrets
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail

def link_for(user, base):
    return f"{base}?uid={user.pk}&token={default_token_generator.make_token(user)}"

def tell(user, link):
    send_mail("Hello", link, None, [user.email])
# file: shop/views.py
import secrets
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.http import HttpResponse
from shop.services import link_for, tell

def first(request):
    user = User.objects.get(email=request.POST["email"])
    tell(user, link_for(user, request.POST["frontend_url"]))  # <- BT705
    return HttpResponse("sent")

def second(request):
    token = secrets.token_urlsafe()
    send_mail("Hello", request.POST["redirect_uri"] + "?t=" + token, None, [request.POST["email"]])  # <- BT705
    return HttpResponse("sent")

def third(request):
    user = User.objects.get(email=request.POST["email"])
    user.email_user("Hello", "%s/%s" % (request.POST.get("domain"), link_for(user, "")))  # <- BT705
    return HttpResponse("sent")
