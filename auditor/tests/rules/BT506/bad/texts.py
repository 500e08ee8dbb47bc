# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('tell/', views.Tell.as_view({"post": "tell"})),
]
# file: shop/views.py
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet
from shop.clients import gateway


class Text(serializers.Serializer):
    phone = serializers.CharField()
    message = serializers.CharField()


class Tell(ViewSet):
    permission_classes = [AllowAny]

    def tell(self, request):
        text = Text(data=request.data)
        text.is_valid(raise_exception=True)
        gateway.send_sms(text.validated_data["phone"], text.validated_data["message"])  # <- BT506
        return Response()
