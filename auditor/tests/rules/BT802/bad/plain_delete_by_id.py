# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('product/<int:pk>/delete/', views.remove),
]
# file: shop/views.py
from django.shortcuts import redirect
from shop.models import Product


def remove(request, pk):  # <- BT802
    Product.objects.get(pk=pk).delete()
    return redirect('/')
