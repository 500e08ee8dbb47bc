# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('remove/<int:pk>/', views.remove),
]
# file: shop/views.py
from rest_framework.decorators import api_view
from shop.models import Product


@api_view(['GET'])
def remove(request, pk):  # <- BT807
    Product.objects.get(pk=pk).delete()
