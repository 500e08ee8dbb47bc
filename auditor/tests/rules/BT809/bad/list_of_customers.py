# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('customers/', views.Customers.as_view()), path('products/', views.Products.as_view())]
# file: shop/views.py
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from shop.models import Customer, Product


class Customers(ListAPIView):
    permission_classes = [AllowAny]  # <- BT809
    queryset = Customer.objects.all()


class Products(ListAPIView):
    permission_classes = [AllowAny]
    queryset = Product.objects.all()
