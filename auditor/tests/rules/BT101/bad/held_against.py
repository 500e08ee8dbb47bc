# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'shop']
ROOT_URLCONF = 'shop.urls'
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('login/', views.enter), path('confirm/<uuid:pk>', views.confirm)]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):
    confirm = models.IntegerField(null=True)
    colour = models.IntegerField(null=True)
# file: shop/views.py
import random

from django.contrib.auth import authenticate, login
from django.shortcuts import redirect, render
from shop.models import Member


def enter(request):
    member = authenticate(username=request.POST['name'], password=request.POST['password'])
    if member:
        member.confirm = random.randint(10000, 99999)  # <- BT101
        member.save()
    return redirect('/')


def confirm(request, pk):
    member = Member.objects.get(pk=pk)
    if request.method == 'POST' and member.confirm == int(request.POST['confirmation_code']):
        login(request, member)
    return render(request, 'confirm.html')


def paint(member):
    member.colour = random.randint(1, 9)
    member.save()
