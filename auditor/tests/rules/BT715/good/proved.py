# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("a/", views.Asked.as_view()), path("b/", views.InSerializer.as_view()), path("c/", views.Others.as_view())]
# file: shop/views.py
from django.contrib.auth.models import User
from rest_framework import generics, serializers
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView


class Asked(APIView):
    permission_classes = [IsAuthenticated]

    def post(self, request):
        if not request.user.check_password(request.data["old"]):
            return Response(status=400)
        request.user.set_password(request.data["new"])
        return Response({})


class In(serializers.Serializer):
    old = serializers.CharField()
    new = serializers.CharField()

    def validate_old(self, value):
        if not self.context["request"].user.check_password(value):
            raise serializers.ValidationError("no")
        return value


class InSerializer(APIView):
    permission_classes = [IsAuthenticated]

    def put(self, request):
        held = In(data=request.data, context={"request": request})
        held.is_valid(raise_exception=True)
        request.user.set_password(held.validated_data["new"])
        return Response({})


class Others(APIView):
    permission_classes = [IsAdminUser]

    def post(self, request):
        User.objects.get(pk=request.data["id"]).set_password(request.data["new"])
        return Response({})
