# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "rest_framework", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("look/<str:name>/", views.Look.as_view()), path("one/<int:pk>/", views.one)]
# file: shop/views.py
from django.contrib.auth.models import User
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "email"]


class Look(APIView):
    permission_classes = [AllowAny]  # <- BT809

    def get(self, request, name):
        return Response(PersonSerializer(User.objects.get(username=name)).data)


@api_view(["GET"])
@permission_classes([AllowAny])  # <- BT809
def one(request, pk):
    person = User.objects.get(pk=pk)
    return Response({"mail": person.email, "phone": person.phone})
