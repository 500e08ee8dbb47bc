# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("bells/", views.bells), path("carts/<int:user_id>/", views.Carts.as_view({"get": "of"}))]
# file: shop/models.py
from django.db import models


class Notification(models.Model):
    to_user = models.ForeignKey("auth.User", models.CASCADE)
    text = models.TextField()


class Cart(models.Model):
    owner = models.ForeignKey("auth.User", models.CASCADE)
# file: shop/views.py
from django.http import JsonResponse
from rest_framework import viewsets
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from shop.models import Cart, Notification


def bells(request):  # <- BT809
    found = []
    for each in Notification.objects.filter(to_user__id=request.GET["user"]).order_by("-id"):
        found.append({"text": each.text})
    return JsonResponse(found, safe=False)


class Carts(viewsets.ViewSet):
    permission_classes = [AllowAny]  # <- BT809

    def of(self, request, **kwargs):
        return Response({"cart": Cart.objects.get(owner=kwargs["user_id"])})
