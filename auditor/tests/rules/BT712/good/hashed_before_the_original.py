# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("new/", views.New.as_view())]
# file: shop/views.py
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from rest_framework import generics, serializers


class Told(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "password"]

    def create(self, validated_data):
        validated_data["password"] = make_password(validated_data["password"])
        return super().create(validated_data)


class New(generics.CreateAPIView):
    queryset = User.objects.all()
    serializer_class = Told
