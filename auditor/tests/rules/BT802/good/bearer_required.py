# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('price/', views.price),
]
# file: shop/views.py
from django.views.decorators.csrf import csrf_exempt
from django_bearer import bearer_required
from shop.models import Product


@csrf_exempt
@bearer_required
def price(request):
    Product.objects.update(price=1)
