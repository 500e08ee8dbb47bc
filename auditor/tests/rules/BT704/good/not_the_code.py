# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop.views import Forgot, Quiet, login

urlpatterns = [path("forgot/", Forgot.as_view()), path("quiet/", Quiet.as_view()), path("login/", login)]
# file: shop/models.py
from django.db import models
from shop.codes import six_digits


class ForgotRecord(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    code = models.CharField(default=six_digits, max_length=6, editable=False)
# file: shop/serializers.py
from rest_framework import serializers
from shop.models import ForgotRecord


class ForgotSerializer(serializers.ModelSerializer):
    class Meta:
        model = ForgotRecord
        fields = ("user", "code")
        extra_kwargs = {"code": {"write_only": True}}


class QuietSerializer(serializers.ModelSerializer):
    class Meta:
        model = ForgotRecord
        fields = ("user", "code")
# file: shop/views.py
from rest_framework.decorators import api_view
from rest_framework.generics import CreateAPIView
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from shop.serializers import ForgotSerializer, QuietSerializer


class Forgot(CreateAPIView):
    permission_classes = [AllowAny]
    serializer_class = ForgotSerializer


class Quiet(CreateAPIView):
    permission_classes = [AllowAny]
    serializer_class = QuietSerializer

    def post(self, request):
        self.get_serializer(data=request.data).save()
        return Response({"detail": "sent"})


@api_view(["POST"])
def login(request):
    otp_phone = find(request.data["name"]).phone
    return Response({"phone_number": otp_phone})
