# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('page/<int:pk>/', views.Page.as_view()),
    path('find/', views.find),
]
# file: shop/views.py
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Room, Search


class Page(APIView):
    def get(self, request, pk):
        row = Room.objects.get(pk=pk)
        row.views_count = row.views_count + 1
        row.save()
        return Response({"name": row.name})


@api_view(["GET"])
def find(request):
    Search.objects.create(words=request.query_params["q"])
    return Response([row.name for row in Room.objects.filter(name=request.query_params["q"])])
