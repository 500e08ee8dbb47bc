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
def make(request):
    Order.objects.create(user=request.user, text=request.data["text"])
    return Response({})


class Mine(generics.RetrieveUpdateAPIView):
    serializer_class = OrderSerializer

    def get_object(self):
        return Order.objects.get(user=self.request.user)


class Create(generics.CreateAPIView):
    serializer_class = OrderSerializer

    def perform_create(self, serializer):
        serializer.save(user=self.request.user)


@api_view(["POST"])
def make_by_serializer(request):
    form = OrderSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    form.save(user=request.user)
    return Response(form.data)


@api_view(["POST"])
def deposit(request):
    wallet = Wallet.objects.get(user=request.user)
    wallet.balance += int(request.data["amount"])
    wallet.save()
    return Response({})


class Edit(LoginRequiredMixin, UpdateView):
    queryset = Order.objects.all()
    fields = ["text"]

    def form_valid(self, form):
        if form.instance.user != self.request.user:
            return HttpResponse(status=403)
        return super().form_valid(form)
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("register/", views.register),
    path("make/", views.make), path("mine/", views.Mine.as_view()), path("serializer/", views.make_by_serializer),
    path("create/", views.Create.as_view()),
    path("deposit/", views.deposit),
    path("edit/<int:pk>/", views.Edit.as_view()),
]
