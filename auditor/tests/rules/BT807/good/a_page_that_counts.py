# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("vote/<int:pk>/", views.vote)]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from shop.models import Vote


@login_required
def vote(request, pk):
    Vote.objects.create(user=request.user, choice_id=pk)
    return render(request, "vote.html")
