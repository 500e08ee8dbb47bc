# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("out/", views.Leave.as_view())]
# file: shop/views.py
from rest_framework.response import Response
from rest_framework.views import APIView


class Leave(APIView):
    def get(self, request):  # <- BT807
        del request.session["user_id"]
        return Response({})
