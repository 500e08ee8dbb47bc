# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth']
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('order/<uuid:key>/', views.order),
    path('product/<int:pk>/', views.product),
    path('profile/<int:pk>/', views.profile),
    path('mine/<int:pk>/', views.mine),
    path('paid/<int:pk>/', views.paid),
]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from shop.models import Order, Product, Profile


def order(request, key):
    return render(request, 'order.html', {'order': get_object_or_404(Order, pk=key)})


def product(request, pk):
    return render(request, 'product.html', {'product': get_object_or_404(Product, pk=pk)})


def profile(request, pk):
    return render(request, 'profile.html', {'profile': get_object_or_404(Profile, pk=pk)})


def mine(request, pk):
    return render(request, 'order.html', {'order': get_object_or_404(Order, pk=pk, customer=request.user)})


@login_required
def paid(request, pk):
    return render(request, 'order.html', {'order': get_object_or_404(Order, pk=pk)})
