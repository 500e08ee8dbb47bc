# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("register/", views.register),
    path("mine/", views.mine),
    path("wallet/<int:number>/", views.wallet),
    path("follow/<int:number>/", views.follow),
    path("drop/", views.drop),
    path("page/<int:number>/", views.page),
    path("part/<int:number>/", views.part),
]
# file: shop/models.py
from django.db import models


class Wallet(models.Model):
    user = models.OneToOneField("auth.User", models.CASCADE)


class Follow(models.Model):
    follower = models.ForeignKey("auth.User", models.CASCADE)
    followed = models.ForeignKey("auth.User", models.CASCADE)


class Page(models.Model):
    text = models.TextField()
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from shop.models import Follow, Page, Wallet


def register(request):
    User.objects.create_user(request.POST["name"], password=request.POST["password"])
    return HttpResponse()


@login_required
def mine(request):
    return render(request, "wallet.html", {"wallet": Wallet.objects.get(user=request.user)})


@login_required
def wallet(request, number):
    found = Wallet.objects.get(id=number)
    if found.user != request.user:
        raise PermissionDenied
    return render(request, "wallet.html", {"wallet": found})


@login_required
def follow(request, number):
    person = User.objects.get(id=number)
    made = Follow(follower=request.user, followed=person)
    made.save()
    return HttpResponse()


@login_required
def drop(request):
    Wallet.objects.filter(user=request.user, id__in=request.POST.getlist("chosen")).delete()
    return HttpResponse()


@login_required
def part(request, number):
    mine = request.user
    person = User.objects.get(id=number)
    Follow.objects.filter(follower=mine, followed=person).delete()
    return HttpResponse()


@login_required
def page(request, number):
    return render(request, "page.html", {"page": Page.objects.get(id=number)})
