# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('order/<int:id>/', views.order),
    path('invoice/<number>/', views.invoice),
    path('booking/<int:pk>/', views.booking),
]
# file: shop/views.py
from django.shortcuts import get_object_or_404, render
from shop.models import Booking, Invoice, Order


def order(request, id):  # <- BT809
    return render(request, 'order.html', {'order': Order.objects.get(pk=id)})


def invoice(request, number):  # <- BT809
    return render(request, 'invoice.html', {'invoice': get_object_or_404(Invoice, id=number)})


def booking(request, pk):  # <- BT809
    found = Booking.objects.select_related('room').get(id=pk)
    return render(request, 'booking.html', {'booking': found})
