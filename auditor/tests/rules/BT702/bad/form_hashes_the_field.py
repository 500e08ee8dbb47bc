# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('register/', views.register),
]
# file: shop/models.py
from django.contrib.auth.models import AbstractUser


class Member(AbstractUser):
    pass
# file: shop/views.py
from django import forms
from django.contrib.auth.hashers import make_password
from django.shortcuts import redirect
from shop.models import Member


class Join(forms.ModelForm):
    class Meta:
        model = Member
        fields = ["username", "password"]

    def clean_password(self):
        return make_password(self.cleaned_data["password"])  # <- BT702


def register(request):
    form = Join(request.POST)
    if form.is_valid():
        form.save()
    return redirect("/")
