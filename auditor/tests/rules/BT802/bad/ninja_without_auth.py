# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/api.py
from ninja import NinjaAPI
from shop.models import Product

api = NinjaAPI()


@api.delete('/products/{pk}')
def remove(request, pk: int):  # <- BT802
    Product.objects.filter(pk=pk).delete()
# file: shop/urls.py
from django.urls import path
from shop.api import api

urlpatterns = [path('api/', api.urls)]
