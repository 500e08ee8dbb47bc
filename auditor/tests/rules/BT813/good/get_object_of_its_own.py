# file: shop/settings.py
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
AUTH_USER_MODEL = "shop.User"
# file: shop/models.py
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    email = models.EmailField(unique=True)


class Note(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    text = models.TextField()
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [
    path('sign-up/', views.SignUp.as_view()),
    path('notes/<int:pk>/', views.OneNote.as_view()),
]
# file: shop/views.py
from django.contrib.auth.forms import UserCreationForm
from django.shortcuts import get_object_or_404
from django.views.generic import CreateView
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Note, User


class SignUpForm(UserCreationForm):
    class Meta:
        model = User
        fields = ["username"]


class SignUp(CreateView):
    form_class = SignUpForm
    success_url = "/"


class OneNote(APIView):
    permission_classes = [IsAuthenticated]

    def get_object(self, pk):
        return get_object_or_404(Note, pk=pk, owner=self.request.user)

    def put(self, request, pk):
        note = self.get_object(pk)
        note.text = request.data["text"]
        note.save()
        return Response()

    def delete(self, request, pk):
        note = self.get_object(pk)
        note.delete()
        return Response()
