# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('customers/', views.Customers.as_view()),
    path('orders/', views.Orders.as_view()),
    path('restart/', views.Restart.as_view()),
    path('tile/<int:pk>/', views.One.as_view()),
]
# file: shop/views.py
import os
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Customer, Order, Tile


class Customers(ListAPIView):
    authentication_classes = ()
    permission_classes = ()  # <- BT804
    queryset = Customer.objects.all()


class Orders(APIView):
    authentication_classes = ()
    permission_classes = ()  # <- BT804

    def get(self, request):
        return Response([each.total for each in Order.objects.all()])


class Restart(APIView):
    authentication_classes = ()
    permission_classes = ()  # <- BT804

    def get(self, request):
        os.system('systemctl restart web')
        return Response({})


class One(APIView):
    authentication_classes = ()
    permission_classes = ()  # <- BT804

    def get(self, request, pk):
        return Response(Tile.objects.get(pk=pk).name)
