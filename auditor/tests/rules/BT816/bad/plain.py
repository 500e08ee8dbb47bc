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
    path("people/", views.People.as_view()),
    path("people/<int:pk>/", views.Person.as_view()),
    path("others/", views.Others.as_view()),
    path("addresses/", views.addresses),
    path("page/", views.page),
    path("of/<int:user_id>/", views.of),
    path("named/<str:name>/", views.of_name),
    path("of2/<int:user_id>/", views.Of.as_view()),
    path("orders/", views.Orders.as_view()),
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


class People(generics.ListAPIView):  # <- BT816
    queryset = User.objects.all()
    serializer_class = PersonSerializer


class Person(generics.RetrieveAPIView):  # <- BT816
    queryset = User.objects.all()
    serializer_class = PersonSerializer


class Others(APIView):
    def get(self, request):  # <- BT816
        others = User.objects.exclude(id=request.user.id)
        return Response(PersonSerializer(others, many=True).data)


@api_view(["GET"])
def addresses(request):  # <- BT816
    return Response(list(User.objects.values("id", "email")))


@login_required
def page(request):  # <- BT816
    found = []
    for person in User.objects.all():
        found.append({"name": person.username, "phone": person.phone_number})
    return JsonResponse(found, safe=False)


@api_view(["GET"])
def of(request, user_id):  # <- BT816
    return Response(OrderSerializer(Order.objects.filter(user_id=user_id), many=True).data)


@login_required
def of_name(request, name):  # <- BT816
    person = get_object_or_404(User, username=name)
    return render(request, "orders.html", {"orders": Order.objects.filter(user=person)})


class Of(generics.ListAPIView):  # <- BT816
    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.filter(user_id=self.kwargs["user_id"])


class Orders(generics.ListAPIView):  # <- BT816
    queryset = Order.objects.all()
    serializer_class = OrderSerializer
