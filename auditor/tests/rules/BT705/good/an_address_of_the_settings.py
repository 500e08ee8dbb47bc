# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
ROOT_URLCONF = 'shop.urls'
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('a/', views.first), path('b/', views.second)]
# file: shop/views.py
import secrets
from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpResponse

def first(request):
    send_mail("Hello", f"{settings.SITE}?t={secrets.token_urlsafe()}", None, [request.POST["email"]])
    return HttpResponse("sent")

def second(request):
    send_mail("Somebody likes", request.POST["url"], None, [request.POST["email"]])
    return HttpResponse("sent")
