# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from shop import views

router = DefaultRouter()
router.register("orders", views.Orders)
urlpatterns = [path("", include(router.urls)), path("register/", views.Register.as_view())]
# file: shop/models.py
from django.conf import settings
from django.db import models


class Order(models.Model):
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    amount = models.IntegerField()


class Colour(models.Model):
    name = models.CharField(max_length=20)
# file: shop/serializers.py
from django.contrib.auth.models import User
from rest_framework import serializers
from shop.models import Order


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["amount"]


class NewUser(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "password"]

    def create(self, data):
        return User.objects.create_user(**data)
# file: shop/views.py
from rest_framework import filters, generics, viewsets
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from shop.models import Colour, Order
from shop.serializers import NewUser, OrderSerializer


class Register(generics.CreateAPIView):
    permission_classes = [AllowAny]
    serializer_class = NewUser


class Orders(viewsets.ModelViewSet):
    serializer_class = OrderSerializer
    permission_classes = [IsAuthenticated]  # <- BT813
    filter_backends = [filters.OrderingFilter]

    def get_queryset(self):
        rows = Order.objects.select_related("buyer")
        if "amount" in self.request.query_params:
            rows = rows.filter(amount=self.request.query_params["amount"])
        return rows

    def perform_create(self, serializer):
        serializer.save(buyer=self.request.user)
