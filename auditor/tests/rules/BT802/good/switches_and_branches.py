# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("confirm/<uidb64>/<token>/", views.confirm),
    path("cart/<int:number>/", views.cart),
    path("note/<int:pk>/", views.Change.as_view()),
    path("read/<int:number>/", views.read),
    path("mine/<int:number>/", views.mine),
]
# file: shop/models.py
from django.db import models


class Order(models.Model):
    user = models.ForeignKey("auth.User", models.CASCADE)
    active = models.BooleanField()
    late = models.BooleanField()

    def outdated(self):
        self.late = True
        self.save()

    def save(self, *args, **kwargs):
        self.outdated()
        super().save(*args, **kwargs)


class Note(models.Model):
    text = models.TextField()
    seen = models.IntegerField()
# file: shop/views.py
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.http import urlsafe_base64_decode
from django.views.generic import UpdateView
from shop.models import Note, Order


def confirm(request, uidb64, token):
    user = User.objects.get(pk=urlsafe_base64_decode(uidb64).decode())
    if default_token_generator.check_token(user, token):
        user.is_active = True
        user.save()
    return HttpResponse()


def cart(request, number):
    if request.user.is_authenticated:
        Order.objects.get_or_create(user=request.user, pk=number)
    else:
        request.session["cart"] = [number]
    return HttpResponse()


class Change(UpdateView):
    model = Note
    fields = ["text"]

    def get_object(self, queryset=None):
        found = super().get_object(queryset)
        if found.user != self.request.user:
            raise PermissionDenied
        return found


def read(request, number):
    order = Order.objects.get(pk=number)
    order.views_count += 1
    order.save()
    return HttpResponse()


def mine(request, number):
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    order = Order.objects.get(pk=number, user=request.user)
    order.active = False
    order.save()
    return HttpResponse()
