# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('tiles/<str:kind>/', views.Tiles.as_view()),
]
# file: shop/views.py
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Tile


class Tiles(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request, kind):
        return Response([tile.name for tile in Tile.objects.filter(kind=kind)])

    def post(self, request, kind=None):
        tiles = Tile.objects.filter(kind=kind)
        return Response([tile.name for tile in tiles.filter(town=request.data.get("town"))])
