# file: shop/settings.py
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "shop.urls"
AUTH_USER_MODEL = "shop.Member"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("register/", views.register)]
# file: shop/models.py
from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Member(AbstractBaseUser):
    email = models.EmailField()
    is_staff = models.BooleanField(default=False)
# file: shop/views.py
from django.http import HttpResponse
from shop.models import Member


def register(request):
    member = Member(email=request.POST["email"])
    member.set_password(request.POST["password"])
    member.save()
    return HttpResponse()
# file: shop/models2.py
from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Former(AbstractBaseUser):
    is_staff = models.BooleanField(default=True)
