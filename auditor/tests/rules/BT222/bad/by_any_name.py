# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
ROOT_URLCONF = 'shop.urls'
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('a/', views.first), path('b/', views.second), path('c/', views.third)]
# file: shop/models.py
from django.db import models

class Phone(models.Model):
    number = models.CharField(max_length=15)
    otp = models.CharField(max_length=6)
# file: shop/views.py
import logging
import random
import secrets
from django.core.mail import send_mail
from django.http import HttpResponse
from shop.models import Phone

log = logging.getLogger(__name__)

def made():
    return random.randint(1000, 9999)

def first(request):
    thing = made()
    print(thing)  # <- BT222
    Phone.objects.create(number=request.POST["n"], otp=thing)
    return HttpResponse("sent")

def second(request):
    thing = secrets.token_hex(3)
    log.info("for %s: %s", request.POST["n"], thing)  # <- BT222
    send_mail("Hello", f"type {thing}", None, [request.POST["n"]])
    return HttpResponse("sent")

def third(request):
    row = Phone.objects.get(number=request.POST["n"])
    thing = str(made())
    print("made", thing)  # <- BT222
    row.otp = thing
    row.save()
    return HttpResponse("sent")
