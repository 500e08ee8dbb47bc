# file: shop/settings.py
INSTALLED_APPS = ['django.contrib.auth', 'rest_framework']
ROOT_URLCONF = 'shop.urls'
MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']
REST_FRAMEWORK = {}
# file: shop/urls.py
from django.urls import include, path
from shop import views

urlpatterns = [
    path('notes/<int:pk>/', views.Notes.as_view()),
]
# file: shop/views.py
from rest_framework.views import APIView
from shop.models import Note


class Notes(APIView):
    def get(self, request, pk):
        return Note.objects.get(pk=pk)

    def put(self, request, pk):  # <- BT802
        note = Note.objects.get(pk=pk)
        note.save()
