# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/orders.py
from ninja import Router
from shop.models import Product

router = Router()


@router.delete('/products/{pk}')
def remove(request, pk: int):
    Product.objects.filter(pk=pk).delete()
# file: shop/api.py
from ninja import NinjaAPI
from ninja.security import django_auth
from shop.orders import router

api = NinjaAPI(auth=django_auth)
api.add_router('/orders', router)
