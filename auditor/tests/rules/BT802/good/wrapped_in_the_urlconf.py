# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views
from django.contrib.auth.decorators import login_required

urlpatterns = [
    path('product/<int:pk>/delete/', login_required(views.remove)),
]
# file: shop/views.py
from shop.models import Product


def remove(request, pk):
    Product.objects.get(pk=pk).delete()
