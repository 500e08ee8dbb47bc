# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('second/', views.second),
    path('reset/', views.Reset.as_view()),
]
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Way(models.Model):
    code = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
# file: shop/views.py
import pyotp
from django.contrib.auth import authenticate, login
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from shop.models import Way


def second(request):
    user = User.objects.get(pk=request.session["half"])
    if pyotp.TOTP(user.profile.otp_secret).verify(request.POST["otp"]):
        login(request, user)
    return HttpResponse()


from django.views import View


class Reset(View):
    def let_in(self, user):
        login(self.request, user)  # <- BT718

    def post(self, request):
        user = Way.objects.get(code=request.POST["code"]).user
        user.set_password(request.POST["new_password"])
        user.save()
        self.let_in(user)
        return redirect("/")
