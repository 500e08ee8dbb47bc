# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('notes/', views.Notes.as_view()),
]
# file: shop/views.py
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Note
from django.shortcuts import get_object_or_404


class Notes(APIView):
    def delete(self, request):
        get_object_or_404(Note, owner=request.user).delete()
