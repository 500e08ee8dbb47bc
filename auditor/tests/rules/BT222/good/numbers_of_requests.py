# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
ROOT_URLCONF = 'shop.urls'
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('a/', views.first)]
# file: shop/views.py
import hashlib
import logging
import secrets
import uuid
from django.core.mail import send_mail
from django.http import HttpResponse

log = logging.getLogger(__name__)

def first(request):
    number = uuid.uuid4()
    log.info("request %s", number)
    thing = secrets.token_urlsafe()
    log.info("sent %s", hashlib.sha256(thing.encode()).hexdigest())
    send_mail("Hello", f"type {thing}", None, [request.POST["n"]])
    return HttpResponse("sent")
