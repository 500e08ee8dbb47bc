# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('languages/', views.Languages.as_view()),
    path('tiles/', views.Tiles.as_view()),
    path('search/', views.search),
]
# file: shop/views.py
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Language, Tile


class Languages(ListAPIView):
    authentication_classes = ()
    permission_classes = ()
    queryset = Language.objects.all()


class Tiles(APIView):
    authentication_classes = []
    permission_classes = []

    def get(self, request):
        return Response([each.name for each in Tile.objects.filter(shown=True)])


@api_view(['GET'])
@authentication_classes([])
@permission_classes([])
def search(request):
    return Response([each.name for each in Tile.objects.filter(name=request.GET['q'])])
