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
    path('notes/<int:pk>/edit/', views.EditNote.as_view()),
    path('notes/<int:pk>/delete/', views.DeleteNote.as_view()),
]
# file: shop/views.py
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.views.generic import CreateView, DeleteView, UpdateView
from shop.models import Note, User


class SignUpForm(UserCreationForm):
    class Meta:
        model = User
        fields = ["username"]


class SignUp(CreateView):
    form_class = SignUpForm
    success_url = "/"


class EditNote(LoginRequiredMixin, UpdateView):  # <- BT813
    model = Note
    fields = ["text"]


class DeleteNote(LoginRequiredMixin, DeleteView):  # <- BT813
    model = Note
    success_url = "/"
