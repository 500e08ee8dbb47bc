# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("word/", views.Word.as_view()), path("me/", views.Me.as_view())]
# file: shop/views.py
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView


class Word(APIView):
    permission_classes = [IsAuthenticated]

    def post(self, request):
        user = request.user
        user.set_password(request.data["new"])  # <- BT715
        user.save()
        return Response({})


class In(serializers.Serializer):
    new = serializers.CharField()


class Me(APIView):
    permission_classes = [IsAuthenticated]

    def put(self, request):
        held = In(data=request.data)
        held.is_valid(raise_exception=True)
        self.request.user.set_password(held.validated_data["new"])  # <- BT715
        return Response({})
