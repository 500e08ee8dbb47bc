# file: shop/settings.py
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path("out/", views.Leave.as_view()), path("cart/", views.Cart.as_view())]
# file: shop/views.py
from rest_framework.response import Response
from rest_framework.views import APIView


class Leave(APIView):
    def post(self, request):
        del request.session["user_id"]
        return Response({})


class Cart(APIView):
    def get(self, request):
        del request.session["shown"]
        return Response({})
