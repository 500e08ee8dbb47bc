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
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from shop.models import Product


@csrf_exempt
def price(request):  # <- BT802
    Product.objects.filter(pk=request.POST['pk']).update(price=request.POST['price'])
    return JsonResponse({})
