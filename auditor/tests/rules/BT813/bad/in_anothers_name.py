# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "rest_framework", "shop"]
ROOT_URLCONF = "shop.urls"
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Wallet(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE)
    balance = models.DecimalField()


class Order(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    text = models.TextField()
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.generic import UpdateView
from rest_framework import generics, serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from shop.models import Order, Wallet


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = "__all__"


@api_view(["POST"])
@permission_classes([AllowAny])
def register(request):
    User.objects.create_user(request.data["username"], password=request.data["password"])
    return Response({})


@api_view(["POST"])
def make(request):  # <- BT813
    owner = User.objects.get(id=request.data["user_id"])
    Order.objects.create(user=owner, text=request.data["text"])
    return Response({})


@login_required
def make_by_number(request):  # <- BT813
    Order.objects.create(user_id=request.POST["user"], text=request.POST["text"])
    return HttpResponse()


@api_view(["POST"])
def make_by_serializer(request):  # <- BT813
    form = OrderSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    form.save()
    return Response(form.data)


@api_view(["POST"])
def deposit(request):  # <- BT813
    wallet = Wallet.objects.get(user__username=request.data["username"])
    wallet.balance += int(request.data["amount"])
    wallet.save()
    return Response({})


@login_required
def drop(request, pk):  # <- BT813
    Order.objects.get(pk=pk).delete()
    return redirect("shop:user-orders")


class Edit(LoginRequiredMixin, UpdateView):  # <- BT813
    queryset = Order.objects.all()
    fields = ["text"]

    def form_valid(self, form):
        form.instance.editor = self.request.user
        return super().form_valid(form)
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("register/", views.register),
    path("make/", views.make),
    path("number/", views.make_by_number),
    path("serializer/", views.make_by_serializer),
    path("deposit/", views.deposit),
    path("drop/<int:pk>/", views.drop),
    path("edit/<int:pk>/", views.Edit.as_view()),
]
