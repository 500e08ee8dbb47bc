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
    path("news/", views.news),
    path("b/", views.Name.as_view()),
    path("c/", views.Kept.as_view()),
    path("d/", views.All.as_view()),
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


@cache_page(60)
def news(request):
    return render(request, "news.html", {"orders": Order.objects.count()})


class Name(APIView):
    @method_decorator(cache_page(60))
    @method_decorator(vary_on_headers("Authorization"))
    def get(self, request):
        return Response({"name": request.user.username})


class Kept(APIView):
    def get(self, request):
        found = OrderSerializer(Order.objects.filter(user=request.user), many=True).data
        cache.set(f"orders:{request.user.pk}", found, 300)
        return Response(found)


class All(APIView):
    def get(self, request):
        found = OrderSerializer(Order.objects.exclude(user=request.user), many=True).data
        cache.set("all", Order.objects.count(), 300)
        return Response(found)
