# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "rest_framework", "shop"]
ROOT_URLCONF = "shop.urls"
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
# file: shop/models.py
from django.contrib.auth.models import User
from django.db import models


class Order(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    text = models.TextField()
# file: shop/serializers.py
from django.contrib.auth.models import User
from rest_framework import serializers
from shop.models import Order


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "email"]


class NameSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "email"]
        extra_kwargs = {"email": {"write_only": True}}


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = "__all__"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path("register/", views.register),
    path("names/", views.Names.as_view()),
    path("staff/", views.Staff.as_view()),
    path("myself/<int:pk>/", views.Myself.as_view()),
    path("me/", views.Me.as_view()),
    path("guarded/<int:pk>/", views.guarded),
    path("for_staff/", views.for_staff),
    path("mine/", views.mine),
    path("between/<int:other>/", views.between),
    path("my_orders/", views.Mine.as_view()),
    path("made/", views.Made.as_view()),
]
# file: shop/views.py
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from rest_framework import generics
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny, BasePermission, IsAdminUser
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Order
from shop.serializers import NameSerializer, OrderSerializer, PersonSerializer


@api_view(["POST"])
@permission_classes([AllowAny])
def register(request):
    User.objects.create_user(request.data["username"], password=request.data["password"])
    return Response({})


class Names(generics.ListAPIView):
    queryset = User.objects.all()
    serializer_class = NameSerializer


class Staff(generics.ListAPIView):
    queryset = User.objects.all()
    serializer_class = PersonSerializer
    permission_classes = [IsAdminUser]


class IsSelf(BasePermission):
    def has_object_permission(self, request, view, obj):
        return obj == request.user


class Myself(generics.RetrieveAPIView):
    queryset = User.objects.all()
    serializer_class = PersonSerializer
    permission_classes = [IsSelf]


class Me(APIView):
    def get(self, request):
        return Response(PersonSerializer(User.objects.get(pk=request.user.pk)).data)


@api_view(["GET"])
def guarded(request, pk):
    person = User.objects.get(pk=pk)
    if person != request.user:
        return Response(status=403)
    return Response({"mail": person.email})


@api_view(["GET"])
def for_staff(request):
    if not request.user.is_staff:
        return Response(status=403)
    return Response(list(User.objects.values("email")))


@api_view(["GET"])
def mine(request):
    return Response({"mail": request.user.email})


@login_required
def between(request, other):
    found = Order.objects.filter(Q(user=request.user) | Q(user_id=other))
    return render(request, "orders.html", {"orders": found})


class Mine(generics.ListAPIView):
    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.filter(user=self.request.user)


class Made(generics.CreateAPIView):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer
