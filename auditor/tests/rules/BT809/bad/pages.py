# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('orders/', views.orders),
    path('students/', views.Students.as_view()),
    path('payment/<int:pk>/', views.OnePayment.as_view()),
]
# file: shop/models.py
from django.db import models


class Order(models.Model):
    amount = models.IntegerField()


class Student(models.Model):
    name = models.CharField(max_length=40)


class Payment(models.Model):
    amount = models.IntegerField()
# file: shop/views.py
from django.shortcuts import render
from django.views.generic import DetailView, ListView
from shop.models import Order, Payment, Student


def orders(request):  # <- BT809
    return render(request, "orders.html", {"orders": Order.objects.all()})


class Students(ListView):  # <- BT809
    model = Student


class OnePayment(DetailView):  # <- BT809
    model = Payment
