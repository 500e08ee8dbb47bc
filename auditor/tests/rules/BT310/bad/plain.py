# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.sessions", "rest_framework", "shop"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "shop.urls"
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Order(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    text = models.TextField()
# file: shop/urls.py
from django.urls import path
from django.views.decorators.cache import cache_page
from shop import views

urlpatterns = [
    path("orders/", views.orders),
    path("a/", views.Orders.as_view()),
    path("b/", views.Name.as_view()),
    path("c/", views.Kept.as_view()),
    path("account/", views.account),
    path("d/", cache_page(60)(views.Plain.as_view())),  # <- BT310
]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control, cache_page
from django.views.decorators.vary import vary_on_headers
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Order


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = "__all__"


@cache_page(60)  # <- BT310
@login_required
def orders(request):
    return render(request, "orders.html", {"orders": Order.objects.filter(user=request.user)})


class Orders(generics.ListAPIView):
    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.filter(user=self.request.user)

    @method_decorator(cache_page(300))  # <- BT310
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)


@method_decorator(cache_page(60), name="dispatch")  # <- BT310
class Name(APIView):
    def get(self, request):
        return Response({"name": request.user.username})


class Kept(APIView):
    def get(self, request):
        found = OrderSerializer(Order.objects.filter(user=request.user), many=True).data
        cache.set("orders", found, 300)  # <- BT310
        return Response(found)


class Plain(APIView):
    def get(self, request):
        return Response({"name": request.user.username})


@cache_control(public=True, max_age=300)  # <- BT310
@login_required
def account(request):
    return JsonResponse({"mail": request.user.email})
