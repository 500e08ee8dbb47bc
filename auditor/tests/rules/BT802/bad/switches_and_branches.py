# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("switch/<int:number>/", views.switch),
    path("pay/<int:number>/", views.pay),
    path("note/<int:pk>/", views.Change.as_view()),
]
# file: shop/models.py
from django.db import models


class Order(models.Model):
    paid = models.BooleanField()
    active = models.BooleanField()


class Note(models.Model):
    text = models.TextField()
    seen = models.IntegerField()
# file: shop/views.py
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import UpdateView
from shop.models import Note, Order


def switch(request, number):  # <- BT802
    order = Order.objects.get(pk=number)
    order.active = not order.active
    order.save()
    return HttpResponse()


def pay(request, number):  # <- BT802
    order = get_object_or_404(Order, id=number)
    if request.method == "POST":
        order.paid = True
        order.save()
        if not request.user.is_authenticated:
            request.session["cart"] = []
    return render(request, "pay.html", {"order": order})


class Change(UpdateView):  # <- BT802
    model = Note
    fields = ["text"]

    def get_object(self, queryset=None):
        found = super().get_object(queryset)
        found.seen += 1
        found.save()
        return found
