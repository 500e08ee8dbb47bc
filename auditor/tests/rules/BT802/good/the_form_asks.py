# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('room/<int:pk>/', views.edit),
    path('gift/<hero>/', views.gift),
]
# file: shop/models.py
from django.db import models
from django.utils.crypto import get_random_string


class Base(models.Model):
    id = models.CharField(primary_key=True, max_length=12, default=get_random_string)

    class Meta:
        abstract = True


class Hero(Base):
    name = models.CharField(max_length=20)


class Room(models.Model):
    name = models.CharField(max_length=20)
# file: shop/views.py
from django.shortcuts import get_object_or_404, redirect
from shop.forms import HeroForm, RoomForm
from shop.models import Hero, Room


def edit(request, pk):
    form = RoomForm(request.POST, instance=get_object_or_404(Room, pk=pk))
    if form.is_valid():
        form.save(request)
    return redirect("/")


def gift(request, hero):
    form = HeroForm(request.POST, instance=get_object_or_404(Hero, pk=hero))
    if form.is_valid():
        form.save()
    return redirect("/")
