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
# file: shop/guards.py
from functools import wraps
from django.http import JsonResponse
from shop.models import Key


def with_key(view):
    @wraps(view)
    def inner(request, *args, **kwargs):
        if not Key.objects.filter(value=request.META.get('HTTP_AUTHORIZATION')).exists():
            return JsonResponse({}, status=401)
        return view(request, *args, **kwargs)

    return inner
# file: shop/views.py
from django.views.decorators.csrf import csrf_exempt
from shop.guards import with_key
from shop.models import Product


@csrf_exempt
@with_key
def price(request):
    Product.objects.update(price=1)
