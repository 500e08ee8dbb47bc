# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('set/', views.Save.as_view()),
    path('drop/', views.drop),
]
# file: shop/views.py
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Room


class Save(APIView):
    def get(self, request):  # <- BT802
        row = Room.objects.get(key=request.GET["key"])
        row.value = request.GET["value"]
        row.save()
        return Response("done")


@api_view(["GET"])
def drop(request):  # <- BT802
    Room.objects.filter(id__in=request.query_params.getlist("id")).delete()
    return Response("done")
