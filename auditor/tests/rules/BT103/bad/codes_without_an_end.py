# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
ROOT_URLCONF = 'shop.urls'
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('a/', views.first), path('b/', views.second), path('c/', views.third)]
# file: shop/models.py
from django.db import models

class PhoneOTP(models.Model):
    phone = models.CharField(max_length=15)
    otp = models.CharField(max_length=9)  # <- BT103

class PasswordReset(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    token = models.CharField(max_length=255)  # <- BT103

class Invitation(models.Model):
    email = models.EmailField()
    activation_code = models.CharField(max_length=20)  # <- BT103
# file: shop/views.py
from django.http import HttpResponse
from shop.models import Invitation, PasswordReset, PhoneOTP

def first(request):
    row = PhoneOTP.objects.filter(phone=request.POST["phone"]).first()
    if str(row.otp) == str(request.POST["otp"]):
        return HttpResponse("in")

def second(request):
    row = PasswordReset.objects.get(token=request.POST["token"])
    row.user.set_password(request.POST["word"])
    return HttpResponse("in")

def third(request):
    row = Invitation.objects.get(email=request.POST["email"])
    if row.activation_code != request.POST["activation_code"]:
        return HttpResponse("out")
    return HttpResponse("in")
