# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("login/", views.Login.as_view())]
# file: shop/views.py
from django.contrib.auth import login
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Device


class Login(APIView):
    permission_classes = [AllowAny]

    def post(self, request):
        device = Device.objects.get(pk=request.data["device"])
        device.key.verify(request.data["signature"], request.session["challenge"])
        login(request, device.user)
        return Response({})
